"""Names that are dangerous by themselves: desktops choose the program that opens a file by its extension."""

from rules.documents.file_names import extension
from rules.documents.objections import Objectionable, ObjectionKind


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PAGES = _word_set("htm html xhtml shtml svg svgz mht mhtml xht xsl xslt swf")
_MACROS = _word_set("docm dotm xlsm xltm xlam xlsb xll pptm potm ppsm ppam sldm")
_PROGRAMS = _word_set(
    "exe dll com scr pif cpl sys drv ocx msi msp mst msix appx bat cmd ps1 psm1 psd1 vbs vbe js jse mjs wsf wsh wsc sct"
    " hta jar jnlp class apk ipa app dmg pkg deb rpm sh bash zsh csh ksh command run elf so dylib lnk url website"
    " scf reg inf job gadget chm hlp application appref-ms library-ms search-ms settingcontent-ms theme themepack"
    " desktop py pyc pyw pyz pl rb php php3 php4 php5 phtml phar asp aspx jsp cgi one onepkg ade adp mdb accde mde iso"
    " img vhd vhdx udl diagcab ppkg xpi crx"
)
_ARCHIVES = _word_set("7z rar gz tgz bz2 tbz xz txz lz lzma zst tar cab ace arj lzh z cpio uue wim")

_OTHER_ARCHIVES = (
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"MSCF",
    b"\x28\xb5\x2f\xfd",
)
_TAR = slice(257, 262)


def refuse_name(name: str) -> None:
    """Raise ``Objectionable`` where a file of this name would run, or is an archive that is not looked into."""
    ending = extension(name)
    for endings, kind, detail in (
        (_PAGES, ObjectionKind.ACTIVE, "page"),
        (_MACROS, ObjectionKind.ACTIVE, "macros"),
        (_PROGRAMS, ObjectionKind.EXECUTABLE, "name"),
        (_ARCHIVES, ObjectionKind.UNREADABLE, "archive"),
    ):
        if ending in endings:
            raise Objectionable(kind, detail, extension=ending)


def refuse_other_archive(head: bytes) -> None:
    """Raise ``Objectionable`` where the bytes begin as an archive that is not looked into; 512 of them are enough."""
    if head.startswith(_OTHER_ARCHIVES) or head[_TAR] == b"ustar":
        raise Objectionable(ObjectionKind.UNREADABLE, "archive")
