from pathlib import Path

import pytest

from rules.domains.records import Answer
from rules.whois import answers
from rules.whois.reader import read

SAID = {
    Answer.AVAILABLE: [
        "No match for example.test.", 'No match for "EXAMPLE.TEST".', "NOT FOUND", "Domain not found.",
        "No Data Found",
        "No entries found.", "% No entries found for query example.test", "%ERROR:101: no entries found", "No Found",
        "No information available about domain name example.test in the Registry database.", "Nothing found",
        "Domain Status: No Object Found", "Domain Status: Available", "Status: free", "query_status: 220 Available",
        "Status:\tAVAILABLE", "Status: Not Registered", "example.test is free", "Available\nDomain: example.test",
        ">>> Domain example.test is available for registration", "Domain example.test is available.",
        "The queried object does not exist: example.test", "The domain name is not registered.",
        "This domain name has not been registered.", "Requested domain was not found in whois database.",
        "We do not have an entry in our database matching your query.", "Not find MatchingRecord", "Key not found",
        "This Domain is not available in our whois database", "We could not find the requested domain on our system",
        "Object_Not_Found", "No se encuentra el dominio", "Objeto no encontrado", "example.test: no existe",
        "Domaine introuvable", "Le domaine example.test n'existe pas", "Domain nicht gefunden", "% Nicht registriert",
        "Nie znaleziono domeny", "Domena volna: nenalezen", "Ikke fundet", "This query returned 0 objects.",
        "Status: AVAILABLE (No match for domain)",
    ],
    Answer.RESERVED: [
        "Reserved by Registry", "Status: RESERVED",
        "This name is reserved by the Registry in accordance with policy.",
        "Status: NOT ALLOWED", "Status: UNASSIGNABLE", "This name is not available for registration.",
        "Invalid domain name",
        "Domain example.test is prohibited from registration", "query_status: 500 Invalid characters in query string",
        "Example.test cannot be registered", "Status: PREMIUM NAME",
        "The name is blocked by a brand protection block",
    ],
    Answer.THROTTLED: [
        "Your query limit has been exceeded, please try again later.",
        "WHOIS LIMIT EXCEEDED - SEE WWW.TEST FOR DETAILS",
        "Your connection limit exceeded. Please slow down and try again later.", "% Quota exceeded",
        "-3: IP address blocked",
        "request limit exceeded for 192.0.2.1", "Please go away for 13 Seconds", "%% Too many requests...",
        "Access denied",
        "% Maximum queries per hour reached (100)", "% Excessive querying, grace period of 2 seconds",
        "query_status: 440 Request Denied", "You have been banned for abuse.", "Number of allowed queries exceeded.",
        "The WHOIS query quota for 192.0.2.1 has been exceeded", "-1: Still in grace period, wait 7777 seconds",
        "Too many queries from your IP, please wait 60 seconds.", "%% Too many requests...\n%%\n%% No entries found",
    ],
    Answer.UNAVAILABLE: [
        "Service temporarily unavailable.", "Database error, please try later", "Unable to connect to remote host",
        "%ERROR:103: system maintenance, try later", "The server is too busy", "Internal error",
        "Connection timed out",
    ],
    Answer.REGISTERED: [
        "Domain: example.test\nStatus: NOT AVAILABLE",
        "example.test is already registered",
        "Status: connect",
    ],
    Answer.UNPARSABLE: [
        "",
        "\n\n",
        "hello",
        "Welcome to the whois server of the .test registry.",
        "<html></html>",
        "%",
    ],
}  # fmt: skip


def of_file() -> list[tuple[Answer, str]]:
    """Return what servers say, one a line below the answer that it amounts to."""
    said: list[tuple[Answer, str]] = []
    answer = Answer.UNPARSABLE
    for line in (Path(__file__).parents[1] / "data" / "whois_said.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            answer = Answer(line.removeprefix("== "))
        elif line:
            said.append((answer, line))
    return said


EACH = [(answer, text) for answer, texts in SAID.items() for text in texts] + of_file()

TERMS = """\
% The WHOIS service offered by the registry is provided for information only. It allows persons to
% check whether a specific domain name is still available or not and to obtain information related
% to records of existing names. All rights reserved. Those who exceed the limit of queries may be
% blocked. Your access is rate limited. Abuse of this service will result in being permanently
% blacklisted. If the quota is exceeded, please try again later. Check whether the domain name is available
% before you register it. More information on the service is available at the web site. Data is not
% available for high-volume queries, and automated requests are not permitted.
"""


@pytest.mark.parametrize(("answer", "text"), EACH)
def test_servers_say_no_in_many_words(answer, text):
    assert read("example.test", text).answer is answer


@pytest.mark.parametrize(("answer", "text"), EACH)
def test_terms_of_use_change_no_answer(answer, text):
    assert read("example.test", f"{TERMS}\n{text}\n").answer is answer
    assert read("example.test", f"{text}\n\n{TERMS}").answer is answer


PROSE = [
    "Domain information is not available.",
    "Los datos del dominio no están disponibles para uso comercial.",
    "All rights reserved by the domain registry.",
    "Todos los derechos reservados. Registro de dominios",
    "Domain Status: CLIENT DELETE PROHIBITED",
    "Las consultas que superen el límite pueden ser bloqueadas.",
    "Das Überschreiten des Limits kann zur Sperrung der Adresse führen.",
    "Too many queries will result in blocking",
    "This server is for high volume queries of registrars",
    "La liste des domaines est disponible",
    "Ces données ne sont pas garanties.",
    "Die Daten der Domain werden nicht garantiert.",
    "WITH THE SERVICES NECESSARY FOR THE TECHNICAL MAINTENANCE OF THE REGISTRATION OF A NAME.",
    "Nie ponosimy odpowiedzialności za dane",
    "Домен зарегистрирован аккредитованным регистратором при условии",
]
"""What terms of use and notes say: nothing of the name, the server or the query."""


@pytest.mark.parametrize("line", PROSE)
def test_prose_in_many_languages_is_no_verdict(line):
    assert read("example.test", f"{line}\n").answer is Answer.UNPARSABLE


OF_OTHERS = [
    "% This is the RIPE Database query service.\n% The objects are in RPSL format.\n",
    "% .other Whois Server 6.1\n%\n",
    "Welcome to the official whois service for the .other and .elsewhere TLDs\n\n",
    "% [whois.apnic.net]\n% Whois data copyright terms\n% APNIC whois database\n",
    "The Registry database contains ONLY .OTHER and .ELSEWHERE domains\n",
]
"""Banners of servers that keep something else."""


@pytest.mark.parametrize("banner", OF_OTHERS)
@pytest.mark.parametrize("phrase", ["%ERROR:101: no entries found", "Status: available", "No match for example.test"])
def test_nothing_in_the_database_of_another_registry_is_no_word_of_the_name(banner, phrase):
    assert read("example.test", f"{banner}{phrase}\n").answer is Answer.UNAVAILABLE
    assert read("example.co.other", f".other Whois Server\n{phrase}\n").answer is Answer.AVAILABLE


def test_what_names_the_name_counts_before_what_the_server_says_of_itself():
    notice = "This WHOIS service is deprecated, use RDAP.\n"
    assert read("example.test", f"{notice}No match for example.test\n").answer is Answer.AVAILABLE
    assert read("example.test", f"{notice}no entries found\n").answer is Answer.UNAVAILABLE


@pytest.mark.parametrize("phrase", ["No match", "Status: free", "Too many requests", "Reserved", "Service unavailable"])
def test_a_records_fields_weigh_more_than_a_phrase(phrase):
    record = "Domain: example.test\nRegistrar: Ex\nCreated: 2001-02-03\nExpires: 2027-02-03\nNS: ns1.example.net\n"
    assert read("example.test", f"{record}Remark: x\n{phrase}\n").answer is Answer.REGISTERED


@pytest.mark.parametrize("phrase", ["No match for example.test", "Quota exceeded", "Service temporarily unavailable"])
def test_one_field_alone_does_not_make_a_record(phrase):
    assert read("example.test", f"{phrase}\nLast updated: 2026-01-01\n").answer is not Answer.REGISTERED


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f'domain "{"x" * 60}.test" not found.', Answer.AVAILABLE),
        (f"{'x' * 63}.test is available for registration", Answer.AVAILABLE),
        ("limitation, for excessive querying of the database or for failure to abide", Answer.UNPARSABLE),
    ],
)
def test_a_long_row_in_lower_case_is_prose_but_for_the_name_in_it(text, answer):
    assert read("example.test", text).answer is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Registrar: Ex Ltd\nRegistrar WHOIS Server: whois.registrar.example\n", Answer.REGISTERED),
        ("Domain: example.test\nChanged: 2025-06-07\n", Answer.REGISTERED),
        ("Name Server: ns1.example.net\n", Answer.REGISTERED),
        ("Domain: example.test\n\n[Whois]\nUpdated: 2026-01-01 10:11:12\n", Answer.UNPARSABLE),
        ("Last updated: 2026-01-01\n", Answer.UNPARSABLE),
        ("Please see the list of accredited\nregistrars\nthat send queries to the systems\n", Answer.UNPARSABLE),
        ("sponsoring registrar.  Users may consult the sponsoring registrar's\ndatabase.\n", Answer.UNPARSABLE),
        ("registered domain name which breaches said conditions may be cancelled.\n", Answer.UNPARSABLE),
    ],
)
def test_where_there_is_no_phrase_one_field_must_be_a_domains(text, answer):
    assert read("example.test", text).answer is answer


def test_a_reserved_name_that_somebody_holds_is_registered():
    held = "Domain: example.test\nCreated: 2001-02-03\nStatus: RESERVED\n"
    assert read("example.test", held).answer is Answer.REGISTERED


@pytest.mark.parametrize(("value", "answer"), [("220 Available", Answer.AVAILABLE), ("serverHold", None), ("", None)])
def test_a_status_may_say_it_all(value, answer):
    assert answers.of_status(value) is answer


@pytest.mark.parametrize(
    ("written", "statuses"),
    [
        ("clientHold https://icann.org/epp#clientHold", ("clientHold",)),
        ("CLIENT TRANSFER PROHIBITED", ("clientTransferProhibited",)),
        ("clientUpdateProhibited,clientDeleteProhibited", ("clientDeleteProhibited", "clientUpdateProhibited")),
        ("ST_CL_UPDATEPROHIBITED ST_CL_HOLD", ("clientHold", "clientUpdateProhibited")),
        ("serverHold (premium lock)", ("serverHold",)),
        ("OK-UNTIL 20270203000000", ("OK-UNTIL 20270203000000",)),
        ("ok (paid and in zone)", ("ok",)),
        ("Connected (2027/02/28)", ("Connected (2027/02/28)",)),
    ],
)
def test_statuses_have_their_epp_names(written, statuses):
    text = f"Domain: example.test\nRegistrar: Ex\nCreated: 2001-02-03\nStatus: {written}\n"
    assert read("example.test", text).statuses == statuses
