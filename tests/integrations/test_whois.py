import socket
import time
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import whois
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Forbidden, Guard
from rules.domains import RAW_LONGEST, Answer
from sandbox.behaviour import Behaviour, Conduct
from sandbox.truth import Domain, Registration, Speaks
from sandbox.whois import WhoisServer
from tests.support.hostile import Hostile, Play, drips, never_closes, never_stops, says

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
BAKERY = Domain(
    name="bakery.test",
    client="Bakery",
    speaks=Speaks.WHOIS,
    registration=Registration.REGISTERED,
    registrar="Sandbox Registrar Ltd",
    created=datetime(2019, 3, 1, 12, tzinfo=UTC),
    updated=datetime(2026, 3, 1, 12, tzinfo=UTC),
    expires=datetime(2027, 3, 1, 12, tzinfo=UTC),
    nameservers=("ns1.sandbox.test", "ns2.sandbox.test"),
    statuses=("clientTransferProhibited", "ok"),
)
FREE = Domain(name="free.test", client="Bakery", speaks=Speaks.WHOIS, registration=Registration.AVAILABLE)
TOLD = ("registrar", "created", "updated", "expires", "nameservers", "statuses")


def ask(root: str, name: str = "bakery.test", deadline_s: float = 5):
    return whois.fetch(name, root=root, guard=GUARD, deadline_s=deadline_s)


def ask_registry(play: Play, deadline_s: float = 5):
    with Hostile(play) as registry, Hostile(says(f"refer: {registry.address}\r\n".encode())) as root:
        return ask(root.address, deadline_s=deadline_s)


def test_a_registered_domain_is_told_as_the_registry_knows_it():
    with WhoisServer([BAKERY, FREE]) as server:
        record = ask(server.address)
    assert record.answer is Answer.REGISTERED
    assert [getattr(record, field) for field in TOLD] == [getattr(BAKERY, field) for field in TOLD]
    assert (record.server, server.requests) == (server.registry_address, {"bakery.test": 1})
    assert not server.registrar_requests


def test_a_thin_registry_is_completed_by_the_registrar():
    with WhoisServer([BAKERY], thin={"bakery.test"}) as server:
        record = ask(server.address)
    assert [getattr(record, field) for field in TOLD] == [getattr(BAKERY, field) for field in TOLD]
    assert server.registrar_requests == {"bakery.test": 1}


@pytest.mark.parametrize("name", ["free.test", "unheard-of.test"])
def test_a_name_that_is_not_found_is_available(name):
    with WhoisServer([BAKERY, FREE]) as server:
        assert ask(server.address, name).answer is Answer.AVAILABLE


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [(Behaviour.SILENT, Unavailable), (Behaviour.THROTTLE, Throttled), (Behaviour.HANG_UP, Unavailable)],
)
def test_a_server_in_trouble_is_a_named_error(behaviour, error):
    conduct = Conduct(by_name={"bakery.test": behaviour})
    with WhoisServer([BAKERY], conduct) as server, pytest.raises(error):
        ask(server.address, deadline_s=0.5)


def test_garbage_is_unparsable_and_kept():
    with WhoisServer([BAKERY], Conduct(Behaviour.GARBAGE)) as server:
        record = ask(server.address)
    assert record.answer is Answer.UNPARSABLE
    assert record.raw
    assert not set(record.raw) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))


def test_a_slow_server_is_waited_for():
    with WhoisServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=0.2)) as server:
        assert ask(server.address).answer is Answer.REGISTERED


def test_a_server_slower_than_the_deadline_is_late():
    with WhoisServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=1.5)) as server, pytest.raises(Unavailable):
        ask(server.address, deadline_s=0.3)


def test_a_ready_text_is_served_as_it_is():
    with WhoisServer(texts={"bakery.test": "Registrar: Größe GmbH\nName Server: ns1.sandbox.test"}) as server:
        assert ask(server.address).registrar == "Größe GmbH"


def test_latin_1_is_read_where_the_answer_is_not_utf_8():
    assert ask_registry(says("Registrar: Größe GmbH\r\n".encode("latin-1"))).registrar == "Größe GmbH"


def test_an_answer_of_ten_megabytes_is_capped():
    record = ask_registry(never_stops(b"Registrar: Big\n", b"x" * 100_000, 100))
    assert len(record.raw) == RAW_LONGEST
    assert record.registrar == "Big"


def test_a_character_that_the_cap_cuts_in_two_is_dropped():
    record = ask_registry(never_stops(b".", "ß".encode() * 50_000, 2))
    assert set(record.raw) == {".", "ß"}


def test_one_byte_after_the_other_costs_no_more_than_the_deadline():
    began = time.monotonic()
    with pytest.raises(Unavailable, match="deadline"):
        ask_registry(drips(b"Registrar: Slow Ltd\r\n" * 9), deadline_s=0.5)
    assert time.monotonic() - began < 1.5


def test_a_server_that_never_closes_costs_no_more_than_the_deadline():
    began = time.monotonic()
    with pytest.raises(Unavailable):
        ask_registry(never_closes(b"Registrar: Endless Ltd\r\n"), deadline_s=0.5)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("answer", [b"", b"\r\n\r\n"])
def test_an_empty_answer_is_unavailable(answer):
    with pytest.raises(Unavailable, match="without an answer"):
        ask_registry(says(answer))


def test_a_closed_port_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable):
        ask(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    "server", ["169.254.169.254", "10.0.0.1:43", "0x7f.1.1.1:99999", "[::1]:43", "-h", "http://a/", "a:b"]
)
def test_a_root_that_refers_to_what_we_do_not_call_is_refused(server):
    with Hostile(says(f"refer: {server}\r\n".encode())) as root, pytest.raises(Rejected):
        ask(root.address)


def test_a_referral_to_the_metadata_service_is_refused_by_the_guard():
    with Hostile(says(b"refer: 169.254.169.254\r\n")) as root, pytest.raises(Forbidden):
        ask(root.address)


def test_a_referral_to_another_protocols_port_is_refused():
    with Hostile(says(b"refer: 8.8.8.8:25\r\n")) as root, pytest.raises(Forbidden):
        ask(root.address)


@pytest.mark.parametrize("registrar", ["169.254.169.254", "10.0.0.1", "file:///etc/passwd", "127.0.0.1:1"])
def test_a_registrar_that_cannot_be_asked_costs_only_its_fields(registrar):
    text = f"Registrar: Thin Ltd\r\nRegistrar WHOIS Server: {registrar}\r\n"
    assert ask_registry(says(text.encode())).registrar == "Thin Ltd"


def test_referrals_in_a_circle_end():
    def refers_to_itself(connection: socket.socket, _: object) -> None:
        me = "127.0.0.1:{1}".format(*connection.getsockname())
        connection.sendall(f"refer: {me}\r\nRegistrar: Loop\r\nRegistrar WHOIS Server: {me}\r\n".encode())

    with Hostile(refers_to_itself) as server:
        assert ask(server.address).registrar == "Loop"
    assert server.requests == {"test": 1, "bakery.test": 1}


def test_a_tld_without_a_server_is_refused():
    answer = b"% IANA WHOIS server\r\n\r\ndomain:       TEST\r\nwhois:\r\nstatus: ACTIVE\r\n"
    with Hostile(says(answer)) as root, pytest.raises(Rejected, match="no WHOIS server"):
        ask(root.address)


@pytest.mark.parametrize(("text", "error"), [("quota exceeded", Throttled), ("<html>", Unavailable)])
def test_a_root_that_does_not_refer_is_asked_again_later(text, error):
    with Hostile(says(text.encode())) as root, pytest.raises(error):
        ask(root.address)


@pytest.mark.parametrize("name", ["-h", "a.test\r\nb.test", "a b.test", "", "-T dn a.test", "A.test", "é.test"])
def test_a_name_that_would_be_another_query_is_refused(name):
    with WhoisServer([BAKERY]) as server, pytest.raises(Rejected):
        ask(server.address, name)
    assert not server.requests


def read(text: str):
    return whois.read("bakery.test", text, "whois.test")


@pytest.mark.parametrize(
    "text",
    [
        'No match for "BAKERY.TEST".\n>>> Last update of whois database: 2026-01-01T00:00:00Z <<<',
        "Domain not found.",
        "NOT FOUND",
        "%% NOT FOUND",
        "% No entries found.",
        "%ERROR:101: no entries found\n% No entries found for bakery.test",
        "The queried object does not exist: DOMAIN NOT FOUND",
        "bakery.test is free",
        "bakery.test - is available for registration",
        "Domain bakery.test has not been registered.",
        "Domain: bakery.test\nStatus: free",
        "Domain:             bakery.test\nStatus:             AVAILABLE",
        "No information available about domain name bakery.test in the Registry NASK database.",
        "No Data Found\nURL of the ICANN complaint form: https://icann.org\n% You have exceeded nothing",
        "We do not have an entry in our database matching your query.",
        "query_status: 220 Available",
        "bakery.test: no existe\nNo se encuentra registrado",
    ],
)
def test_a_registry_says_in_many_ways_that_a_name_is_available(text):
    assert read(text).answer is Answer.AVAILABLE


@pytest.mark.parametrize(
    "text",
    [
        "WHOIS LIMIT EXCEEDED - SEE WWW.PIR.ORG/WHOIS FOR DETAILS",
        "% Query rate limit exceeded. Please try again later.",
        "Error: quota exceeded",
        "You have exceeded your allowed number of queries per day",
        "Too many requests",
        "Your access has been temporarily blocked, try again in 5 minutes",
        "%% Maximum query rate reached",
    ],
)
def test_a_registry_says_in_many_ways_that_it_was_asked_too_often(text):
    assert read(text).answer is Answer.THROTTLED


@pytest.mark.parametrize(
    "text",
    [
        "This name is reserved by the Registry",
        "Reserved Domain Name",
        "bakery.test cannot be registered",
        "Status: blocked",
    ],
)
def test_a_registry_says_that_it_gives_a_name_to_nobody(text):
    assert read(text).answer is Answer.RESERVED


RECORD = """Domain Name: BAKERY.TEST
Creation Date: 2019-03-01T12:00:00Z
Registry Expiry Date: 2027-03-01T12:00:00Z
Registrar: Real Ltd
Name Server: ns1.sandbox.test
"""


@pytest.mark.parametrize(
    "text",
    [
        f"{RECORD}\nTERMS: if the limit is exceeded, access is denied; try again later",
        f"{RECORD}\n% not found: the registrant's fax",
        "Domain: bakery.test\nStatus: connect",
    ],
)
def test_a_record_is_a_record_whatever_words_stand_around_it(text):
    assert read(text).answer is Answer.REGISTERED


@pytest.mark.parametrize("text", ["hello", "<html><body>404</body></html>", "all rights reserved", ""])
def test_what_nobody_recognises_is_unparsable(text):
    assert (read(text).answer, read(text).raw) == (Answer.UNPARSABLE, text)


def test_the_registrys_own_expiry_goes_before_the_registrars():
    text = "Registry Expiry Date: 2027-03-01T12:00:00Z\nRegistrar Registration Expiration Date: 2026-03-01T12:00:00Z"
    assert read(text).expires == BAKERY.expires


@pytest.mark.parametrize("date", ["0000-00-00", "9" * 40, "soon", "2027-03-01 12:00:00 XYZT", "1e999", "31/31/31"])
@pytest.mark.parametrize("domain", ["a.test", "a.com", "a.de", "a.jp", "a.uk", "a.it", "a.ru"])
def test_no_date_makes_the_reader_raise_or_warn(date, domain):
    text = f"Expiry Date: {date}\nCreation Date: {date}\npaid-till: {date}\nRegistrar: X"
    assert whois.read(domain, text, "s").source == "whois"


@given(st.text(), st.sampled_from(["com", "de", "jp", "uk", "sg", "kr", "fr", "br", "test"]))
def test_no_text_makes_the_reader_raise(text, tld):
    assert whois.read(f"a.{tld}", text, "s").source == "whois"


@pytest.mark.parametrize(
    "text",
    ["a" * 65_536, "a." * 32_768, "\n" * 65_536, "Name Servers:\n" * 4_600, "Registrant:\n\n" * 5_000, "a@" * 32_768],
)
@pytest.mark.parametrize("domain", ["a.test", "a.sg", "a.uk", "a.it"])
def test_a_text_made_to_be_slow_is_read_in_time(text, domain):
    began = time.monotonic()
    whois.read(domain, text, "s")
    assert time.monotonic() - began < 1
