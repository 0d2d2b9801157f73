"""What a PDF says in its metadata where it carries an e-invoice: Factur-X 1.0, which is ZUGFeRD 2 (FNFE-MPE, FeRD).

Typst attaches the XML as PDF/A-3 wants it, and has no way to say in XMP that it is Factur-X. The metadata is written
anew behind the file, as an incremental update (ISO 32000-1, 7.5.6): what Typst wrote stays as it is, byte by byte.
"""

import re
from typing import Final

NAME: Final = "factur-x.xml"

_METADATA: Final = re.compile(
    rb"\n(\d+) 0 obj\n<</Length \d+/Type/Metadata/Subtype/XML>>\nstream\n(.*?)\nendstream", re.DOTALL
)
_TRAILER: Final = re.compile(rb"\ntrailer\n<<(.*?)>>\nstartxref\n(\d+)\n%%EOF\s*$", re.DOTALL)
_SCHEMAS: Final = b"<pdfaExtension:schemas><rdf:Bag>"
_END: Final = b"</rdf:RDF>"
_URN: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"

_PROPERTIES: Final = {
    "DocumentFileName": ("The name of the embedded XML document", NAME),
    "DocumentType": ("The type of the hybrid document in capital letters, e.g. INVOICE or ORDER", "INVOICE"),
    "Version": ("The actual version of the standard applying to the embedded XML document", "1.0"),
    "ConformanceLevel": ("The conformance level of the embedded XML document", "EN 16931"),
}
"""Each with what the extension schema says of it, and its value."""


def declared(pdf: bytes) -> bytes:
    """Return a PDF of Typst's that declares the e-invoice which it carries. Raises ValueError for others."""
    *_, metadata = [None, *_METADATA.finditer(pdf)]
    trailer = _TRAILER.search(pdf)
    if metadata is None or trailer is None or _SCHEMAS not in metadata[2]:
        raise ValueError("not a PDF/A as Typst writes it: its metadata is not where it was")
    number, xmp = metadata[1].decode(), _extended(metadata[2])
    before = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    head = f"{number} 0 obj\n<</Length {len(xmp)}/Type/Metadata/Subtype/XML>>\nstream\n".encode()
    object_ = head + xmp + b"\nendstream\nendobj\n"
    xref = f"xref\n0 1\n0000000000 65535 f\r\n{number} 1\n{len(before):010} 00000 n\r\n".encode()
    end = b"trailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], len(before) + len(object_))
    return before + object_ + xref + end


def _extended(xmp: bytes) -> bytes:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"
        for name, (about, _) in _PROPERTIES.items()
    )
    schema = (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_URN}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (_, value) in _PROPERTIES.items())
    described = f'<rdf:Description rdf:about="" xmlns:fx="{_URN}">{values}</rdf:Description>'
    return xmp.replace(_SCHEMAS, _SCHEMAS + schema.encode()).replace(_END, described.encode() + _END)
