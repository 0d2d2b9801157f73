"""Names of files as strangers give them, made safe to store, to show and to save under."""

import re
import unicodedata

LONGEST = 150
"""The most characters of a name; ``LONGEST_BYTES`` limits its bytes as well."""

LONGEST_BYTES = 240
"""The most bytes of a name in UTF-8: file systems take 255, and browsers add " (1)"."""

NAMELESS = "unnamed"

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # Windows forbids these
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def normalised(given: str) -> str:
    """Return the name to keep a file by: in NFC, without folders and invisible or bidi characters, and not too long.

    Its extension stays. It is no name of a device of Windows, has no dot or space at its ends, and is never empty.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = _FORBIDDEN.sub("_", _visible(name))
    name = unicodedata.normalize("NFC", " ".join(name.split())).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    name = _cut(stem.rstrip(". ") or NAMELESS, f"{dot}{extension}")
    return f"_{name}" if _DEVICE.fullmatch(name) else name


def extension(name: str) -> str:
    """Return a name's extension without the dot, in lower case; an empty text where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def escapes(name: str) -> bool:
    """Tell whether an archive's entry of this name could be unpacked outside the folder it is meant for."""
    parts = re.split(r"[/\\]", name)
    return "\\" in name or name.startswith("/") or ":" in name or ".." in parts or _visible(name) != name


def is_device(name: str) -> bool:
    """Tell whether a part of the path is the name of a device of Windows."""
    return any(_DEVICE.fullmatch(part.rstrip(". ")) for part in name.split("/"))


def _visible(name: str) -> str:
    return "".join(one for one in name if one in _JOINERS or unicodedata.category(one) not in _INVISIBLE)


def _cut(stem: str, ending: str) -> str:
    """Return stem and ending within the limits; an ending that is itself too long is part of the stem."""
    if len(ending) > LONGEST // 4:
        stem, ending = stem + ending, ""
    stem = stem[: LONGEST - len(ending)]
    while len((stem + ending).encode()) > LONGEST_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") + ending
