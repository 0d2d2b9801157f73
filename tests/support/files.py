"""Files of each kind, made by hand byte for byte: good ones, and the parts that bad ones are made of."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from PIL import Image

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"  # fmt: skip
"""The test file that every scanner finds (eicar.org); harmless, and looked for at the beginning of a file."""


def png(width: int = 3, height: int = 2, *, extra: bytes = b"", after: bytes = b"", claims: bool = False) -> bytes:
    """A PNG; ``claims`` states the size without the pixels, ``extra`` are chunks before the end."""
    rows = b"" if claims else b"".join(b"\0" + b"\x7f" * 3 * width for _ in range(height))
    header = chunk(b"IHDR", struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0))
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", header, extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""), after)
    )


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def picture(form: str, **options: object) -> bytes:
    """A small picture as Pillow writes it: JPEG, WEBP, PNG."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert("RGB").save(out, form, **options)
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def webp_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def pdf(*objects: bytes, catalog: bytes = b"", page: bytes = b"", trailer: bytes = b"", head: bytes = b"") -> bytes:
    """A PDF of one page with a right cross-reference table; what is given goes into its parts."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R " + page + b" >>",
        stream(b"", b"0.5 g 20 20 100 50 re f"),
        *objects,
    ]
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + head), list[int]()
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, trailer, table)
    return bytes(out)


def stream(entries: bytes, body: bytes) -> bytes:
    """A stream object of a PDF."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), entries, body)


def object_stream(objects: bytes, *, entries: bytes = b"/Filter /FlateDecode", type_: bytes = b"/ObjStm") -> bytes:
    """A stream with one object in it, numbered 20, packed."""
    packed = zlib.compress(b"20 0 " + objects)
    return stream(b"/Type " + type_ + b" /N 1 /First 5 " + entries, packed)


def zipped(files: Mapping[str, bytes], *, stored: bool = False, comment: bytes = b"") -> bytes:
    """A ZIP as Python writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), body, archive.compression)
    return out.getvalue()


def zip_entry(name: bytes, body: bytes, **changes: Any) -> tuple[bytes, bytes]:
    """The local header with its data, and the entry of the directory; ``changes`` make them contradict themselves.

    ``local_NAME`` changes the local header's field alone. The offset of the directory's entry is to be set.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(body) + packer.flush()
    fields: dict[str, Any] = {
        "name": name,
        "flags": 0x800,
        "method": 8,
        "crc": zlib.crc32(body),
        "packed": len(packed),
        "unpacked": len(body),
        "made_by": 0x31E,
        "attributes": 0o100644 << 16,
        "offset": 0,
        "extra": b"",
        "data": packed,
    }
    fields |= {key: value for key, value in changes.items() if not key.startswith("local_")}
    local = fields | {key.removeprefix("local_"): value for key, value in changes.items() if key.startswith("local_")}

    def common(one: Mapping[str, Any]) -> tuple[object, ...]:
        sizes = (one["crc"], one["packed"], one["unpacked"])
        return 20, one["flags"], one["method"], 0, 0x5C22, *sizes, len(one["name"]), len(one["extra"])

    header = struct.pack("<4s5H3L2H", b"PK\x03\x04", *common(local))
    entry = struct.pack(
        "<4sH5H3L5H2L",
        b"PK\x01\x02",
        fields["made_by"],
        *common(fields),
        0,
        0,
        0,
        fields["attributes"],
        fields["offset"],
    )
    return (
        header + local["name"] + local["extra"] + fields["data"],
        entry + fields["name"] + fields["extra"],
    )


def zip_end(count: int, size: int, offset: int, *, comment: bytes = b"") -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, offset, len(comment)) + comment


def raw_zip(name: bytes = b"a.txt", body: bytes = b"hello\n", **changes: Any) -> bytes:
    """A ZIP of one entry, any field of which may be changed."""
    local, entry = zip_entry(name, body, **changes)
    return local + entry + zip_end(1, len(entry), len(local))


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def relationships(*pairs: tuple[str, str, str]) -> bytes:
    """The relationships of a part: of each its type's last word, its target, and its target mode."""
    lines = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
        for number, (kind, target, mode) in enumerate(pairs, 1)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()


def office(form: str = "docx", *, parts: Mapping[str, bytes] | None = None, main_type: str = "") -> bytes:
    """An Office Open XML document of the least parts that programs open; ``parts`` are added or replaced."""
    folder, part, family = {
        "docx": ("word", "document.xml", "wordprocessingml.document"),
        "xlsx": ("xl", "workbook.xml", "spreadsheetml.sheet"),
        "pptx": ("ppt", "presentation.xml", "presentationml.presentation"),
    }[form]
    main = main_type or f"application/vnd.openxmlformats-officedocument.{family}.main+xml"
    types = (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{folder}/{part}" ContentType="{main}"/></Types>'
    )
    return zipped(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": relationships(("officeDocument", f"{folder}/{part}", "Internal")),
            f"{folder}/{part}": word("Hello") if form == "docx" else b"<workbook/>",
            **(parts or {}),
        }
    )


def word(text: str, *, instructions: str = "") -> bytes:
    """A Word document's body, with the instructions of a field."""
    field = f"<w:r><w:instrText>{instructions}</w:instrText></w:r>" if instructions else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r>'
        f"{field}</w:p></w:body></w:document>"
    ).encode()


def open_document(form: str = "text", *, parts: Mapping[str, bytes] | None = None) -> bytes:
    """An OpenDocument file as LibreOffice lays it out: its media type first, and stored."""
    kind = f"application/vnd.oasis.opendocument.{form}"
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0"><office:scripts/><office:body/>'
        "</office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        files = {"Configurations2/": b"", "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}
        for name, body in {**files, **(parts or {})}.items():
            archive.writestr(name, body)
    return out.getvalue()


def mail(*attached: tuple[str, str, bytes], html: str = "<p>Hello</p>") -> bytes:
    """A mail with a body in text and HTML, and what is attached: each a name, a media type, its bytes."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "anna@client.example", "ben@agency.example", "Contract"
    message["Date"] = "Mon, 02 Mar 2026 09:30:00 +0000"
    message.set_content("Hello\n")
    message.add_alternative(html, subtype="html")
    for name, kind, body in attached:
        main, _, sub = kind.partition("/")
        message.add_attachment(body, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()
