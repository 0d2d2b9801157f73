"""Why a file was not taken in, in sentences for its sender. They may quote texts from outside."""

from collections.abc import Mapping

from rules.documents.objections import Objection, ObjectionKind, Parameters

_SENTENCES: Mapping[ObjectionKind, Mapping[str, str]] = {
    ObjectionKind.EMPTY: {"": "The file is empty."},
    ObjectionKind.TOO_LARGE: {
        "": "The file has {found_size}; at most {most_size} are taken.",
        "email": "The mail has {found_size}; mails are looked into up to {most_size}. Send what is attached to it.",
    },
    ObjectionKind.EXTENSION: {
        "": (
            "Files that end in {extension!r} are not taken. PDF, PNG, JPEG, WebP, text, CSV, office documents (docx,"
            " xlsx, pptx, odt, ods, odp), mails (eml) and ZIP are."
        )
    },
    ObjectionKind.DECLARED_TYPE: {"": "By its name the file is {expected}, and it was sent as {declared}."},
    ObjectionKind.CONTENT_TYPE: {
        "other": "By its name the file is {expected}, by its content {found}.",
        "rtf": "The file is RTF, which can carry programs. Save it as PDF.",
        "postscript": "The file is PostScript, which is a program. Save it as PDF.",
    },
    ObjectionKind.POLYGLOT: {
        "before": "Something stands before the beginning of the file's own format.",
        "after": "Something stands after the end of the file's own format.",
        "between": "Bytes are hidden between the files of the archive.",
        "directory": "The archive's list of files is not where the archive says.",
        "markup": "There is a piece of a web page in the file ({markup}).",
        "pdf": "There is a PDF inside the file.",
        "zip": "There is an archive inside the file.",
        "script": "The file can be read as a script.",
    },
    ObjectionKind.MALFORMED: {
        "cut_off": "The file is cut off.",
        "image": "The image is broken.",
        "text": "The file is no plain text.",
        "xml": "A part of the document is broken.",
        "after": "The archive has no end, or is cut off.",
        "directory": "The archive's list of files is broken.",
        "header": "The archive is broken.",
        "name": "The archive has a file whose name cannot be read.",
        "packed": "A file in the archive is broken.",
        "parts": "The archive is one of several parts.",
    },
    ObjectionKind.ENCRYPTED: {
        "pdf": "The PDF is encrypted, so nobody can look into it. Save it without protection.",
        "office": "The document has a password, so nobody can look into it. Save it without one.",
        "archive": "The archive has a password ({name}), so nobody can look into it.",
        "email": "The mail is encrypted, so nobody can look into it.",
    },
    ObjectionKind.EXECUTABLE: {
        "windows": "The file is a program for Windows.",
        "linux": "The file is a program for Linux.",
        "macos": "The file is a program for macOS.",
        "java": "The file is a program for Java.",
        "android": "The file is a program for Android.",
        "webassembly": "The file is a program (WebAssembly).",
        "library": "The file is a library of programs.",
        "help": "The file is a compiled help file, which can run programs.",
        "script": "The file is a script.",
        "shortcut": "The file is a shortcut, which can start programs.",
        "name": "Files that end in {extension!r} run when they are opened.",
    },
    ObjectionKind.ACTIVE: {
        "page": "The file is a web page, an SVG or a part of one: it can run scripts. Send a PDF or a picture of it.",
        "macros": "The document has macros. Save it without them.",
        "object": "The document embeds what another program opens (OLE, ActiveX, DDE).",
        "template": "The document fetches a part of itself from elsewhere ({target}).",
        "entities": "The document defines entities of its own, which can grow without end.",
        "formula": "The table has a formula that starts a program or calls an address ({formula}).",
        "pdf_javascript": "The PDF has JavaScript. Print it into a new PDF.",
        "pdf_launch": "The PDF starts a program or opens a file when it is opened.",
        "pdf_embedded": "The PDF has other files inside it. Send them by themselves.",
        "pdf_media": "The PDF plays media. Print it into a new PDF.",
        "pdf_form": "The PDF has a form that sends or runs something. Print it into a new PDF.",
        "pdf_elsewhere": "The PDF opens other files.",
    },
    ObjectionKind.PIXELS: {"": "The image has {found} pixels; at most {most} are taken."},
    ObjectionKind.BOMB: {
        "ratio": "A file in it unpacks to more than {most} times its size.",
        "total": "It unpacks to more than {most_size}.",
    },
    ObjectionKind.TOO_MANY: {
        "entries": "It has more files in it than the {most} that are looked at.",
        "parts": "It has more parts than the {most} that are looked at.",
    },
    ObjectionKind.NESTED: {
        "archives": "There are archives in archives in archives; at most {most} in one another are looked into.",
        "parts": "There are mails in mails without end.",
    },
    ObjectionKind.LINK: {"": "The archive has a link or a device in it ({name})."},
    ObjectionKind.UNSAFE_NAME: {
        "escapes": "The archive has a file whose name leads out of its folder, or hides something ({name}).",
        "twice": "The archive has two files of one name ({name}).",
    },
    ObjectionKind.OVERLAP: {"": "Files in the archive share their bytes, as bombs do."},
    ObjectionKind.LYING: {
        "directory": "The archive contradicts itself about its list of files.",
        "header": "The archive contradicts itself about a file.",
        "folder": "The archive has a folder with content ({name}).",
        "size": "A file in the archive has another size than the archive says.",
        "sum": "The file does not match its own checksum: it is damaged, or was tampered with.",
    },
    ObjectionKind.UNREADABLE: {
        "method": "The archive is packed in a way that is not looked into ({method}). Pack it as a plain ZIP.",
        "archive": "Archives other than ZIP are not looked into. Pack it as ZIP.",
        "pdf": "The PDF is packed in a way that is not looked into. Print it into a new PDF.",
        "email": "The mail has a part that is not looked into ({media_type}).",
    },
}

_UNIT = 1024


def sentence(objection: Objection) -> str:
    """Return what is wrong with a file, as its sender is told."""
    said = _SENTENCES[objection.kind][objection.detail].format_map(_with_units(objection.parameters))
    return f"{objection.member}: {said}" if objection.member else said


def _with_units(parameters: Parameters) -> dict[str, str | int]:
    sizes = {f"{name}_size": _size(value) for name, value in parameters.items() if isinstance(value, int)}
    numbers = {name: f"{value:,}" if isinstance(value, int) else value for name, value in parameters.items()}
    return {**numbers, **sizes}


def _size(count: float) -> str:
    """Return a number of bytes in the largest unit that fits, up to GiB."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < _UNIT:
            return f"{count:.4g} {unit}"
        count /= _UNIT
    return f"{count:.4g} GiB"
