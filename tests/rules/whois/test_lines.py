"""How an answer may be built. Each text says the same of one domain, in the manner of a family of servers."""

from datetime import date

import pytest

from rules.domains.records import Answer
from rules.whois import characters, labels, lines
from rules.whois.labels import LabelKind
from rules.whois.reader import read

KEY_VALUE = """\
Domain Name: EXAMPLE.TEST
Registry Domain ID: D1-TEST
Registrar WHOIS Server:
Updated Date: 2025-06-07T08:09:10Z
Creation Date: 2001-02-03T04:05:06Z
Registry Expiry Date: 2027-02-03T04:05:06Z
Registrar: Example Registrar Ltd
Registrar IANA ID: 9999
Domain Status: ok https://icann.org/epp#ok
Name Server: NS1.EXAMPLE.NET
Name Server: NS2.EXAMPLE.NET.
DNSSEC: unsigned
>>> Last update of WHOIS database: 2026-01-01T00:00:00Z <<<

Updated Date: 2030-01-01
"""

BLOCKS = """\
% Terms of use: you may not ask too often.
domain:       example.test
registrant:   ANN-TEST
registrar:    Example Registrar Ltd
nserver:      ns1.example.net 192.0.2.1
nserver:      ns2.example.net [Ok]
created:      20010203 #123
changed:      mail@example.test 20240101
changed:      mail@example.test 20250607
status:       ok
expire:       2027-02-03

person:       Ann
nic-hdl:      ANN-TEST
created:      1999-01-01
changed:      2026-01-01
status:       linked
"""

INDENTED = """\
    Domain name:
        example.test

    Registrant:
        Ann Example Ltd
        Created: 1999-01-01

    Registrar:
        Example Registrar Ltd [Tag = EXAMPLE]
        URL: https://registrar.example

    Relevant dates:
        Registered on: 03-Feb-2001
        Expiry date:   03-Feb-2027
        Last updated:  07-Jun-2025

    Registration status:
        ok

    Name servers:
        ns1.example.net      192.0.2.1  2001:db8::1
        ns2.example.net

    WHOIS lookup made at 10:11:12 01-Jan-2026
"""

DOTTED = """\
domain.............: example.test
status.............: ok
created............: 3.2.2001 04:05:06
expires............: 3.2.2027
available..........: 3.3.2027
modified...........: 7.6.2025

Nameservers

nserver............: ns1.example.net [OK]
nserver............: ns2.example.net [OK]

Holder

name...............: Ann
created............: 1.1.1999

Registrar

registrar..........: Example Registrar Ltd
"""

COLUMNS = """\
Domain name\texample.test
Status\tok

Registrar\tExample Registrar Ltd
1 Example Street
Registration date\t2001-02-03
Expiration date\t2027-02-03
Last changed\t2025-06-07

Name servers
ns1.example.net\t192.0.2.1
ns2.example.net\t2001:db8::2
"""

BRACKETS = """\
[ This database is about networks.                    ]
a. [Domain Name]                EXAMPLE.TEST
p. [Name Server]                ns1.example.net
p. [Name Server]                ns2.example.net
[Registrar]                     Example Registrar Ltd
[State]                         ok
[Created on]                    2001/02/03
[Expires on]                    2027/02/03
[Last Updated]                  2025/06/07 01:02:03 (JST)
"""

SENTENCES = """\
Domain Name: example.test
   Registrant:
      Ann

   Record expires on 2027-02-03 00:00:00 (UTC+8)
   Record created on Sat Feb 3 04:05:06 2001
   Record last updated on 2025-06-07

   Domain servers in listed order:
      ns1.example.net
      ns2.example.net

Domain Status: ok
Registration Service Provider: Example Registrar Ltd
"""

YAML = """\
--- !Domain
name: example.test
status: ok
created: "2001-02-03T15:45:18+01:00"
expired: "2027-02-03T15:45:18+01:00"
updated: "2025-06-07T16:00:09+01:00"
name_servers:
- ns1.example.net
- ns2.example.net
registrar: !Registrar
  name: Example Registrar Ltd
  updated: "2026-01-01T00:00:00+01:00"
"""

SPANISH = """\
Titular:
   Ann Example

   Nombre de Dominio: example.test

   Fecha de Vencimiento: 03/02/2027
   Última Actualización: 07/06/2025
   Fecha de Creación: 13/01/2001 04:05:06

   Estatus del dominio: ok
   Registrador: Example Registrar Ltd

   Servidor(es) de Nombres de Dominio:

   - ns1.example.net
   - ns2.example.net
"""

KOREAN = """\
도메인이름                  : example.test
등록일                      : 2001. 02. 03.
최근 정보 변경일            : 2025. 06. 07.
사용 종료일                 : 2027. 02. 03.
등록대행자                  : Example Registrar Ltd(https://registrar.example)
1차 네임서버 정보
   호스트이름               : ns1.example.net
2차 네임서버 정보
   호스트이름               : ns2.example.net
상태                        : ok
"""

FAMILIES = {
    "key-value": KEY_VALUE,
    "blocks": BLOCKS,
    "indented": INDENTED,
    "dotted": DOTTED,
    "columns": COLUMNS,
    "brackets": BRACKETS,
    "sentences": SENTENCES,
    "yaml": YAML,
    "korean": KOREAN,
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_one_domain_is_read_alike_however_the_answer_is_built(family, ends):
    reading = read("example.test", FAMILIES[family].replace("\n", ends))
    assert reading.answer is Answer.REGISTERED
    assert [stated and stated.day for stated in (reading.created, reading.updated, reading.expires)] == [
        date(2001, 2, 3),
        date(2025, 6, 7),
        date(2027, 2, 3),
    ]
    assert reading.registrar == "Example Registrar Ltd"
    assert reading.nameservers == ("ns1.example.net", "ns2.example.net")
    assert reading.statuses == ("ok",)


def test_spanish_labels_are_read_and_a_day_above_twelve_tells_the_order():
    reading = read("example.test", SPANISH)
    assert reading.created is not None
    assert reading.expires is not None
    assert reading.expires.day == date(2027, 2, 3)
    assert (reading.created.day, reading.registrar) == (date(2001, 1, 13), "Example Registrar Ltd")
    assert reading.nameservers == ("ns1.example.net", "ns2.example.net")


def test_the_evidence_is_the_line_that_says_it():
    reading = read("example.test", KEY_VALUE)
    assert ("expires", 6, "Registry Expiry Date: 2027-02-03T04:05:06Z") in reading.evidence
    assert [each.number for each in reading.evidence if each.field == "nameservers"] == [10, 11]


def test_what_follows_in_the_record_of_another_domain_is_not_taken():
    text = "Domain: other.test\nCreated: 1999-09-09\n\nDomain: example.test\nCreated: 2001-02-03\nNS: ns1.example.net\n"
    reading = read("example.test", text + "\nDomain: third.test\nExpires: 2030-01-01\n")
    assert reading.created is not None
    assert (reading.created.day, reading.expires) == (date(2001, 2, 3), None)


def test_the_roots_record_of_the_tld_is_not_the_domains():
    text = "domain: TEST\norganisation: Example\nnserver: A.NIC.TEST\ncreated: 1999-01-01\n"
    assert read("example.test", text).answer is Answer.UNPARSABLE
    assert read("test", text).answer is Answer.REGISTERED


def test_a_contacts_days_count_only_where_the_domains_own_part_has_none():
    text = "Domain: example.test\nNS: ns1.example.net\n\nperson: Ann\ncreated: 1999-01-01\n"
    assert read("example.test", text).created is not None
    firm = read("example.test", text.replace("NS:", "Expires: 2027-02-03\nNS:"))
    assert firm.created is None


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Registry Expiry Date", LabelKind.EXPIRES),
        ("Registrar Registration Expiration Date", LabelKind.EXPIRES),
        ("paid-till", LabelKind.EXPIRES),
        ("Datum isteka", LabelKind.EXPIRES),
        ("Verloopdatum", LabelKind.EXPIRES),
        ("domain_datebilleduntil", LabelKind.EXPIRES),
        ("Domain Name Commencement Date", LabelKind.CREATED),
        ("createdDate", LabelKind.CREATED),
        ("Acivated", LabelKind.CREATED),
        ("Fecha de creación", LabelKind.CREATED),
        ("登録年月日", LabelKind.CREATED),
        ("дата регистрации", LabelKind.CREATED),
        ("domain_datelastmodified", LabelKind.UPDATED),
        ("Senast ändrad", LabelKind.UPDATED),
        ("Last Updated by Registrar", LabelKind.OTHER),
        ("Last update of WHOIS database", LabelKind.OTHER),
        ("Current Registar", LabelKind.REGISTRAR),
        ("Registrar IANA ID", LabelKind.IANA_ID),
        ("Reseller IANA ID", LabelKind.OTHER),
        ("Registrar Handle", LabelKind.REGISTRAR_ID),
        ("Registrant City", LabelKind.OTHER),
        ("Registrant", LabelKind.CONTACT),
        ("Titular / Registrant", LabelKind.CONTACT),
        ("Domain servers in listed order", LabelKind.NAMESERVER),
        ("ns_name_01", LabelKind.NAMESERVER),
        ("Servidor(es) de Nombres de Dominio", LabelKind.NAMESERVER),
        ("Server Name", LabelKind.HOST),
        ("Registrar Abuse Contact Email", LabelKind.ABUSE),
        ("abuse-mailbox", LabelKind.ABUSE),
        ("Registrant Organization", LabelKind.REGISTRANT_ORGANISATION),
        ("registrant_contact_name", LabelKind.REGISTRANT_NAME),
        ("Owner Name", LabelKind.REGISTRANT_NAME),
        ("Registrant Email", LabelKind.OTHER),
        ("Admin Organization", LabelKind.CONTACT),
        ("Domain Holder Organization", LabelKind.REGISTRANT_ORGANISATION),
        ("DNSSEC", LabelKind.DNSSEC),
        ("domain_signed", LabelKind.DNSSEC),
        ("DS Key Tag 1", LabelKind.DNSSEC),
        ("DS Created 1", LabelKind.OTHER),
        ("Last renewed", LabelKind.OTHER),
        ("reg_created", LabelKind.CREATED),
        ("option expiration date", LabelKind.OTHER),
        ("holder transfer", LabelKind.OTHER),
        ("free-date", LabelKind.OTHER),
        ("", LabelKind.OTHER),
    ],
)
def test_a_label_is_understood_by_its_words(label, kind):
    assert labels.classify(label).kind is kind


@pytest.mark.parametrize(
    ("label", "of_registrant"),
    [
        ("Registrant", True), ("holder-c", True), ("Titular / Registrant", True), ("Domain Owners", True),
        ("登録者", True), ("Registrant Contact Information", True), ("admin-c", False), ("Technical Contact", False),
        ("Registrant / Admin", False),
    ],
)  # fmt: skip
def test_a_contacts_label_tells_whether_it_is_the_registrants(label, of_registrant):
    known = labels.classify(label)
    assert (known.kind, known.of_registrant) == (LabelKind.CONTACT, of_registrant)


def test_an_answer_that_is_a_table_of_hosts_is_a_record():
    reading = read("example.test", "Example whoisd V1.1\nexample ns1.example.net\nexample ns2.example.net\n")
    assert (reading.answer, reading.nameservers) == (Answer.REGISTERED, ("ns1.example.net", "ns2.example.net"))
    assert read("example.test", "see www.example.net\n").answer is Answer.UNPARSABLE


def test_when_the_database_was_updated_is_not_when_the_domain_was():
    text = "Domain: example.test\nCreated: 2001-02-03\nNS: ns1.example.net\n\nLast updated on 2026-01-01T10:11:12Z\n"
    assert read("example.test", text).updated is None
    assert read("example.test", text.replace("Last", "Record last")).updated is not None


def test_an_answer_in_two_charsets_is_read_line_by_line():
    raw = "Domain: example.test\nHolder: Jos\u00e9\n".encode("latin-1") + "Registrar: Ejemplo Ñ\n".encode()
    assert characters.decoded(raw) == "Domain: example.test\nHolder: José\nRegistrar: Ejemplo Ñ\n"


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("状態".encode("iso-2022-jp"), "utf-8", "状態"),
        ("상태".encode("euc-kr"), "euc-kr", "상태"),
        (b"\xef\xbb\xbfNo match", "utf-8", "No match"),
        ("No match".encode("utf-16"), "utf-8", "No match"),
        ("a\u20ac".encode()[:-1], "utf-8", "a"),
    ],
)
def test_bytes_are_read_in_the_charset_that_they_are_in(raw, charset, text):
    assert characters.decoded(raw, charset).lstrip("\ufeff") == text


def test_no_more_is_read_than_any_registry_writes():
    assert sum(map(len, lines.split("x" * 10_000_000))) <= lines.LONGEST_LINE
    assert len(lines.split("x\n" * 1_000_000)) == lines.MOST_LINES
