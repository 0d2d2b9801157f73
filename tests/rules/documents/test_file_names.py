"""Names of files, as strangers give them and as they are kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.documents import file_names
from rules.documents.file_names import LONGEST, LONGEST_BYTES, NAMELESS, normalised

KEPT = {
    "invoice.pdf": "invoice.pdf",
    "Müller & Söhne (1).pdf": "Müller & Söhne (1).pdf",
    "Mu\u0308ller.pdf": "Müller.pdf",
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system.ini": "system.ini",
    "C:\\Users\\anna\\scan.png": "scan.png",
    "/etc/shadow.txt": "shadow.txt",
    "a\0b.pdf": "ab.pdf",
    "line\r\nbreak\t.pdf": "linebreak.pdf",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "a\u2066b\u2069.pdf": "ab.pdf",
    "zero\u200bwidth\ufeff.pdf": "zerowidth.pdf",
    "\u0646\u0645\u06cc\u200c\u062e.pdf": "\u0646\u0645\u06cc\u200c\u062e.pdf",
    "\U0001f469\u200d\U0001f4bb.png": "\U0001f469\u200d\U0001f4bb.png",
    'a<b>c:d"e|f?g*.txt': "a_b_c_d_e_f_g_.txt",
    "CON.txt": "_CON.txt",
    "nul": "_nul",
    "com1.tar.gz": "_com1.tar.gz",
    "..": NAMELESS,
    "": NAMELESS,
    "   ": NAMELESS,
    ".htaccess": "htaccess",
    "name.pdf. . ": "name.pdf",
    "many   blanks.pdf": "many blanks.pdf",
    "dots....pdf": "dots.pdf",
}


@pytest.mark.parametrize("name", KEPT)
def test_a_name_is_kept_without_what_could_harm(name: str) -> None:
    assert normalised(name) == KEPT[name]


def test_a_long_name_is_cut_before_its_extension() -> None:
    assert normalised("a" * 500 + ".pdf") == "a" * (LONGEST - 4) + ".pdf"
    assert len(normalised("ä" * 500 + ".pdf").encode()) <= LONGEST_BYTES
    assert normalised("a." + "b" * 500) == "a." + "b" * (LONGEST - 2)


@given(st.text(max_size=400))
def test_whatever_comes_in_a_harmless_name_comes_out_and_stays_as_it_is(name: str) -> None:
    kept = normalised(name)
    assert kept
    assert kept == normalised(kept)
    assert len(kept) <= LONGEST + 1
    assert len(kept.encode()) <= LONGEST_BYTES + 1
    assert not set(kept) & set('/\\<>:"|?*\0\r\n')
    assert all(unicodedata.category(one)[0] != "C" for one in kept if one not in "\u200c\u200d")
    assert unicodedata.is_normalized("NFC", kept)
    assert not file_names.escapes(kept)
    assert not file_names.is_device(kept)
