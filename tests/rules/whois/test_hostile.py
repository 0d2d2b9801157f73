"""Whatever a server sends: an answer with a class comes out, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.domains.records import Answer
from rules.whois.reader import Reading, read

SIZE = 10 * 1024 * 1024
CPU_S = 8.0  # of processor time, which others on the machine take nothing of; 0.1 s is usual

WORDS = [
    "Domain:",
    "Registrar:",
    "Created",
    ":",
    "\n",
    "\t",
    "    ",
    "2014-03-09",
    "03/02/14",
    "ns1.example.net",
    "[",
    "]",
]
WORDS += [
    *(
        "Registrant: A-1",
        "nic-hdl: A-1",
        "organization:",
        "Registrar IANA ID: 9",
        "DNSSEC:",
        "signed",
        "Abuse Contact:",
    ),
    *("keyset: A-1", "flags: KSK", "Registered By:", "a = b", "[owner-c] org: x", "Host Name:", "\xa0", "\x1f"),
    "Status: ok",
    "No match",
    "limit exceeded",
    "...",
    "% ",
    "# ",
    ">>> ",
    "NS",
    "{",
    "<br>",
    "\x00",
    "\u202e",
    "\u0131",
]

HOSTILE = {
    "one long line": lambda: "a" * SIZE,
    "blanks": lambda: " " * SIZE,
    "blanks in a row and a colon": lambda: "Registrar" + " " * SIZE + ": x",
    "line ends": lambda: "\n" * SIZE,
    "carriage returns": lambda: "\r" * SIZE,
    "colons": lambda: ":" * SIZE,
    "dots": lambda: "a." * (SIZE // 2),
    "leaders": lambda: ("a" * 40 + "." * 200 + "\n") * (SIZE // 241),
    "brackets": lambda: "[" * SIZE,
    "tags": lambda: "<br" * (SIZE // 3),
    "digits": lambda: "1" * SIZE,
    "days": lambda: "Created: 2014-03-09\n" * (SIZE // 20),
    "clocks": lambda: ("Created: " + "1:" * 60 + "\n") * (SIZE // 130),
    "name servers": lambda: "".join(f"Name Server: ns{number}.example.net\n" for number in range(300_000)),
    "statuses": lambda: "".join(f"Status: odd {number}\n" for number in range(500_000)),
    "labels": lambda: "".join(f"Expiry {number} date x{number}x: y\n" for number in range(300_000)),
    "long words": lambda: ("registratiom" * 6 + ": 1\n") * (SIZE // 76),
    "no": lambda: "no " * (SIZE // 3),
    "noes in lines": lambda: ("no " * 50 + "\n") * (SIZE // 151),
    "subjects": lambda: ("the domain name " * 10 + "\n") * (SIZE // 161),
    "nearly throttled": lambda: ("exceeded " * 17 + "\n") * (SIZE // 154),
    "headings": lambda: "Registrar:\n  Name Servers:\n" * (SIZE // 27),
    "nearly free": lambda: ("the name is not a " * 9 + "\n") * (SIZE // 154),
    "nearly refused": lambda: ("limit of requests you " * 7 + "\n") * (SIZE // 155),
    "maybe": lambda: ("domain name is the " * 8 + "available\n") * (SIZE // 162),
    "tables": lambda: "example ns1.example.net x\n" * (SIZE // 26),
    "equals": lambda: ("a = " * 60 + "\n") * (SIZE // 241),
    "holders": lambda: "".join(f"Registrant Organization: E-{number}\n" for number in range(250_000)),
    "contacts": lambda: "".join(f"\nnic-hdl: E-{number}\nperson: x\n" for number in range(250_000)),
    "redacted": lambda: ("Registrant Name: " + "not data " * 100 + "\n") * (SIZE // 918),
    "mails": lambda: ("Abuse Contact: " + "a.b" * 300 + "@" + "c" * 60 + "\n") * (SIZE // 977),
    "numbers": lambda: ("Abuse Contact: " + "1 -" * 60 + "\n") * (SIZE // 196),
    "keys": lambda: ("DNSSEC: " + "1 " * 400 + "\n") * (SIZE // 809),
    "handles": lambda: ("Registrant: " + "A-1" * 300 + "\n") * (SIZE // 913),
    "registered directly": lambda: ("registered directly with " * 30 + "\n") * (SIZE // 751),
    "trading": lambda: ("Registrar: " + "a t/a " * 150 + "\n") * (SIZE // 912),
    "bracketed": lambda: ("[owner-c] " + "a " * 40 + ": x\n") * (SIZE // 94),
    "surrogates": lambda: "\ud800" * (SIZE // 4),
    "diacritics": lambda: "Crée\u0301: é\n" * (SIZE // 12),
}
"""How each text is made: nobody needs them all at once."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_ten_megabytes_of_anything_end_soon(kind):
    text = HOSTILE[kind]()
    began = time.process_time()
    reading = read("example.test", text)
    assert time.process_time() - began < CPU_S
    assert isinstance(reading.answer, Answer)


@pytest.mark.parametrize("byte", [b"\x00", b"\xff", b"\x1b$", b"\xc3", b"\xfe\xff", b"\n", b"a:"])
def test_ten_megabytes_of_any_byte_end_soon(byte):
    began = time.process_time()
    read("example.jp", byte * (SIZE // len(byte)))
    assert time.process_time() - began < CPU_S


def sound(reading: Reading) -> None:
    assert isinstance(reading.answer, Answer)
    assert all(each.number > 0 for each in reading.evidence)
    told = (reading.registrar, reading.registrar_id, reading.abuse, reading.registrant)
    for shown in (*filter(None, told), *reading.nameservers, *reading.statuses):
        assert shown.isprintable()
        shown.encode()
    for stated in (reading.created, reading.updated, reading.expires):
        assert stated is None or stated.moment().utcoffset() is not None


@settings(deadline=None)
@given(st.text(), st.text(max_size=300))
def test_any_text_has_an_answer(domain, text):
    sound(read(domain, text))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(raw):
    sound(read("example.kr", raw))


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=60))
def test_what_looks_like_an_answer_has_one(words):
    sound(read("example.test", " ".join(words)))
    sound(read("example.test", "".join(words)))
