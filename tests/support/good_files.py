"""Harmless files of each kind that is taken in, as several tools write them."""

import io
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import typst

from tasks.billing import invoice_documents
from tests.support import files
from tests.support.described import described


class GoodFile(NamedTuple):
    """A file as it is sent: its name, the type that its sender declares, and its bytes when they are wanted."""

    name: str
    declared: str
    make: Callable[[], bytes]
    kind: str
    """The media type that it is kept as."""


def _invoice() -> bytes:
    return invoice_documents.pdf(described())


def _linked_pdf() -> bytes:
    text = '#outline()\n= One\n#link("https://example.com/javascript")[A link]\n#pagebreak()\n= Two\n#lorem(300)\n'
    return typst.compile(text.encode(), format="pdf")


def _streamed_zip() -> bytes:
    """A ZIP written to a pipe: sizes come after the data, in descriptors."""

    class Pipe(io.RawIOBase):
        written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes/a.txt", "hello\n" * 100)
        with archive.open("b.csv", "w", force_zip64=True) as entry:
            entry.write(b"a,b\n1,2\n")
    return bytes(pipe.written)


def _macos_zip() -> bytes:
    double = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        " + bytes(40)
    return files.zipped({"photo.png": files.png(), "__MACOSX/._photo.png": double, "folder/": b"", "read me": b"hi\n"})


_PDF, _TEXT, _ZIP = "application/pdf", "text/plain", "application/zip"
_OFFICE, _ODF = "application/vnd.openxmlformats-officedocument", "application/vnd.oasis.opendocument"
_DOCX, _XLSX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.spreadsheetml.sheet"
_PPTX = f"{_OFFICE}.presentationml.presentation"

GOOD = {
    "a PDF by hand": GoodFile("contract.pdf", _PDF, files.pdf, _PDF),
    "an invoice by typst, as PDF/A": GoodFile("INV-1.pdf", _PDF, _invoice, _PDF),
    "a PDF by typst with links and an outline": GoodFile("guide.PDF", "", _linked_pdf, _PDF),
    "a PDF with objects in a stream": GoodFile(
        "new.pdf", _PDF, lambda: files.pdf(files.object_stream(b"<< /Title (JavaScript /JS) >>")), _PDF
    ),
    "a PDF with a comment and blanks after its end": GoodFile(
        "end.pdf", _PDF, lambda: files.pdf() + b"\r\n \0\n", _PDF
    ),
    "a PDF by Pillow": GoodFile("scan.pdf", _PDF, lambda: files.picture("PDF"), _PDF),
    "a PNG by hand": GoodFile("one.png", "image/png", files.png, "image/png"),
    "a PNG by Pillow": GoodFile("two.png", "image/png", lambda: files.picture("PNG", dpi=(300, 300)), "image/png"),
    "a JPEG": GoodFile("photo.jpg", "image/jpeg", lambda: files.picture("JPEG"), "image/jpeg"),
    "a progressive JPEG": GoodFile(
        "photo.jpeg", "image/jpg", lambda: files.picture("JPEG", progressive=True, quality=95), "image/jpeg"
    ),
    "a JPEG with a preview after it": GoodFile(
        "camera.JPG", "image/jpeg", lambda: files.picture("JPEG") + bytes(6) + files.picture("JPEG"), "image/jpeg"
    ),
    "a WebP": GoodFile("a.webp", "image/webp", lambda: files.picture("WEBP"), "image/webp"),
    "a WebP without loss": GoodFile("b.webp", "image/webp", lambda: files.picture("WEBP", lossless=True), "image/webp"),
    "a WebP with an ICC profile": GoodFile(
        "c.webp", "image/webp", lambda: files.picture("WEBP", icc_profile=b"\0" * 128), "image/webp"
    ),
    "text": GoodFile("notes.txt", "text/plain; charset=utf-8", "Grüße, 5 < 6 & so on\n".encode, _TEXT),
    "text of an old Windows": GoodFile("old.txt", _TEXT, lambda: "Grüße\r\n".encode("cp1252"), _TEXT),
    "text in UTF-16": GoodFile("wide.txt", _TEXT, lambda: "Grüße\r\n".encode("utf-16"), _TEXT),
    "text that begins like a program": GoodFile("mz.txt", _TEXT, lambda: b"MZ is what programs begin with\n", _TEXT),
    "a log with colours": GoodFile("run.log", "", lambda: b"\x1b[31m2026-03-01 error\x1b[0m <none>\n" * 50, _TEXT),
    "a CSV": GoodFile("list.csv", "text/csv", "name;sum\nÄ,-1.5\nb,+49 30 1234\n@home,3\n".encode, "text/csv"),
    "a CSV as Windows declares it": GoodFile(
        "list.csv", "application/vnd.ms-excel", lambda: b"a;b\r\n1;2\r\n", "text/csv"
    ),
    "a mail": GoodFile("mail.eml", "message/rfc822", files.mail, "message/rfc822"),
    "a mail with a PDF and a picture": GoodFile(
        "mail.eml",
        "message/rfc822",
        lambda: files.mail(("contract.pdf", _PDF, files.pdf()), ("a.png", "image/png", files.png())),
        "message/rfc822",
    ),
    "a mail from a mailbox file": GoodFile(
        "m.eml", "", lambda: b"From anna Mon Mar 2\n" + files.mail(), "message/rfc822"
    ),
    "a Word document": GoodFile("letter.docx", _DOCX, files.office, _DOCX),
    "a Word document with links and a picture": GoodFile(
        "letter.docx",
        _DOCX,
        lambda: files.office(
            parts={
                "word/_rels/document.xml.rels": files.relationships(
                    ("hyperlink", "https://example.com/", "External"), ("image", "media/image1.png", "Internal")
                ),
                "word/media/image1.png": files.png(),
            }
        ),
        _DOCX,
    ),
    "a workbook": GoodFile("sums.xlsx", _XLSX, lambda: files.office("xlsx"), _XLSX),
    "slides with the workbook of a chart": GoodFile(
        "slides.pptx",
        _PPTX,
        lambda: files.office("pptx", parts={"ppt/embeddings/Microsoft_Excel_Sheet1.xlsx": files.office("xlsx")}),
        _PPTX,
    ),
    "an OpenDocument text": GoodFile("letter.odt", f"{_ODF}.text", files.open_document, f"{_ODF}.text"),
    "an OpenDocument table": GoodFile(
        "sums.ods", f"{_ODF}.spreadsheet", lambda: files.open_document("spreadsheet"), f"{_ODF}.spreadsheet"
    ),
    "OpenDocument slides": GoodFile(
        "show.odp", f"{_ODF}.presentation", lambda: files.open_document("presentation"), f"{_ODF}.presentation"
    ),
    "a ZIP": GoodFile("all.zip", "application/x-zip-compressed", lambda: files.zipped({"a/b.txt": b"hi\n"}), _ZIP),
    "a ZIP with a comment": GoodFile(
        "c.zip", _ZIP, lambda: files.zipped({"a.txt": b"hi\n"}, comment=b"of March"), _ZIP
    ),
    "a ZIP that was streamed": GoodFile("pipe.zip", _ZIP, _streamed_zip, _ZIP),
    "a ZIP by macOS": GoodFile("mac.zip", _ZIP, _macos_zip, _ZIP),
    "a ZIP with an office document and a PDF as they are": GoodFile(
        "both.zip", _ZIP, lambda: files.zipped({"a.docx": files.office(), "b.pdf": files.pdf()}, stored=True), _ZIP
    ),
    "a ZIP of text that packs well": GoodFile(
        "log.zip", _ZIP, lambda: files.zipped({"a.log": b"GET /\n" * 150_000}), _ZIP
    ),
    "an empty ZIP": GoodFile("none.zip", _ZIP, lambda: files.zipped({}), _ZIP),
}
