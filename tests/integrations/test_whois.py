import socket
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import whois
from integrations.errors import Rejected, Throttled, Unavailable
from integrations.guard import Guard
from integrations.whois_servers import WhoisServers
from rules.domains import knowledge
from rules.domains.records import RAW_LONGEST, Answer, RegistryRecord
from rules.whois import reader
from sandbox.behaviour import Behaviour, Conduct
from sandbox.truth import Domain, RegistryState, Speaks
from sandbox.whois import WhoisServer
from tests.support.hostile import FORBIDDEN, Hostile, Play, drips, never_closes, never_stops, resets, says
from tests.support.memory import peak_growth
from tests.support.rate_limits import Parked, Recorder, Shut
from tests.support.registered import bakery

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
BAKERY = bakery("bakery.test", Speaks.WHOIS)
FREE = Domain(name="free.test", client="Bakery", speaks=Speaks.WHOIS, registration=RegistryState.AVAILABLE)
TOLD = ("registrar", "created", "updated", "expires", "nameservers", "statuses")


def fetch(name: str, *, root: str, guard: Guard = GUARD, deadline_s: float = 5, **options: Any) -> RegistryRecord:
    """Return the registry's record, in a world without tables of servers."""
    return whois.ask(name, servers=WhoisServers(), root=root, guard=guard, deadline_s=deadline_s, **options)[0]


def ask(root: str, name: str = "bakery.test", deadline_s: float = 5):
    return fetch(name, root=root, deadline_s=deadline_s)


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
        records = whois.ask("bakery.test", servers=WhoisServers(), root=server.address, guard=GUARD, deadline_s=5)
    assert [one.asked for one in records] == ["registry", "registrar"]
    known = knowledge.learn(None, records, at=datetime.now(UTC))
    assert [getattr(known, field) for field in TOLD] == [getattr(BAKERY, field) for field in TOLD]
    assert server.registrar_requests == {"bakery.test": 1}


@pytest.mark.parametrize("name", ["free.test", "unheard-of.test"])
def test_a_name_that_is_not_found_is_available(name):
    with WhoisServer([BAKERY, FREE]) as server:
        assert ask(server.address, name).answer is Answer.AVAILABLE


@pytest.mark.parametrize(
    ("behaviour", "error", "why"),
    [
        (Behaviour.SILENT, Unavailable, "deadline"),
        (Behaviour.HANG_UP, Unavailable, "without an answer"),
        (Behaviour.THROTTLE, Throttled, "too often"),
        (Behaviour.DRIP, Unavailable, "deadline"),
    ],
)
def test_a_server_in_trouble_is_a_named_error(behaviour, error, why):
    with WhoisServer([BAKERY], Conduct(behaviour)) as server, pytest.raises(error, match=why):
        ask(server.address, deadline_s=0.5)
    assert server.requests == {"bakery.test": 1}


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        (Behaviour.NEVER_CLOSE, Answer.REGISTERED),
        (Behaviour.RESET, Answer.REGISTERED),
        (Behaviour.GARBAGE, Answer.UNPARSABLE),
        (Behaviour.HUGE, Answer.UNPARSABLE),
        (Behaviour.BOMB, Answer.UNPARSABLE),
        (Behaviour.CIRCLE, Answer.REGISTERED),
        (Behaviour.PRIVATE, Answer.REGISTERED),
        (Behaviour.LOCAL_FILE, Answer.REGISTERED),
    ],
)
def test_a_server_that_misbehaves_has_its_answer_read_as_far_as_it_goes(behaviour, answer):
    with WhoisServer([BAKERY], Conduct(behaviour, delay_s=0.1)) as server:
        record = ask(server.address, deadline_s=1.5)
    assert record.answer is answer
    assert 0 < len(record.raw) <= RAW_LONGEST
    assert server.requests == {"bakery.test": 1}, "it is asked once, whatever it refers to"


def test_a_slow_server_is_waited_for():
    with WhoisServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=0.2)) as server:
        assert ask(server.address).answer is Answer.REGISTERED


def test_a_server_slower_than_the_deadline_is_late():
    with (
        WhoisServer([BAKERY], Conduct(Behaviour.SLOW, delay_s=9)) as server,
        pytest.raises(Unavailable, match="deadline"),
    ):
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
    with pytest.raises(Unavailable, match="deadline"):
        ask_registry(drips(b"Registrar: Slow Ltd\r\n" * 99), deadline_s=0.5)


SETTLED_TEXTS = {
    b"Domain Name: bakery.test\r\nRegistrar: Endless Ltd\r\nCreation Date: 2019-03-01\r\n": Answer.REGISTERED,
    b'No match for domain "BAKERY.TEST".\r\n': Answer.AVAILABLE,
    b"This name is reserved by the Registry.\r\n": Answer.RESERVED,
}


@pytest.mark.parametrize("breaks_off", [never_closes, resets])
@pytest.mark.parametrize(("text", "answer"), SETTLED_TEXTS.items())
def test_what_came_before_an_answer_broke_off_is_read(breaks_off, text, answer):
    assert ask_registry(breaks_off(text), deadline_s=1.5).answer is answer


@pytest.mark.parametrize("breaks_off", [never_closes, resets])
@pytest.mark.parametrize("text", [b"% Terms of use\r\n", b"hello", b"Registrar: Nobody ended this li", b"\x00\xff"])
def test_what_came_before_an_answer_broke_off_is_no_answer_where_it_says_nothing(breaks_off, text):
    with pytest.raises(Unavailable):
        ask_registry(breaks_off(text), deadline_s=0.5)


@pytest.mark.parametrize("breaks_off", [never_closes, resets])
def test_a_quota_is_a_quota_however_the_answer_ends(breaks_off):
    with pytest.raises(Throttled):
        ask_registry(breaks_off(b"% Query rate limit exceeded.\r\n"), deadline_s=1.5)


@pytest.mark.parametrize("breaks_off", [never_closes, resets])
def test_half_a_line_and_half_a_list_are_not_believed(breaks_off):
    whole = b"Registrar: Half Ltd\r\nCreation Date: 2019-03-01\r\nName Server: ns1.half.test\r\n"
    record = ask_registry(breaks_off(whole + b"Registry Expiry Date: 2027-03-1"), deadline_s=1.5)
    assert (record.registrar, record.created) == ("Half Ltd", datetime(2019, 3, 1, tzinfo=UTC))
    assert (record.expires, record.nameservers) == (None, ())
    assert record.raw.endswith("2027-03-1"), "what came is kept"


def test_a_root_that_breaks_off_is_not_believed_that_a_tld_has_no_server():
    with Hostile(never_closes(b"domain:       TEST\r\n")) as root, pytest.raises(Unavailable, match="deadline"):
        ask(root.address, deadline_s=0.5)


def test_ten_megabytes_take_no_memory():
    def work():
        assert ask_registry(never_stops(b"", b"x" * 100_000, 100)).answer is Answer.UNPARSABLE

    assert peak_growth(work) < 5_000_000


@pytest.mark.parametrize("answer", [b"", b"\r\n\r\n"])
def test_an_empty_answer_is_unavailable(answer):
    with pytest.raises(Unavailable, match="without an answer"):
        ask_registry(says(answer))


def test_a_closed_port_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable):
        ask(f"127.0.0.1:{port}")


NOT_CALLED = [each for each in FORBIDDEN if each != "127.0.0.1"]
NOT_CALLED += ["[::1]:43", "-h", "http://a/", "a:b", "0x7f.1.1.1:99999", "a.test:0", "::1]", "8.8.8.8:25", "8.8.8.8:80"]
ONLY_HERE = Guard(allowed=(ip_network("127.0.0.1/32"),))


@pytest.mark.parametrize("server", NOT_CALLED)
def test_a_root_that_refers_to_what_we_do_not_call_is_refused(server):
    with Hostile(says(f"refer: {server}\r\n".encode())) as root, pytest.raises(Rejected):
        fetch("bakery.test", root=root.address, guard=ONLY_HERE, deadline_s=2)
    assert root.requests == {"test": 1}


@pytest.mark.parametrize("registrar", [*NOT_CALLED, "file:///etc/passwd", "127.0.0.1:1"])
def test_a_registrar_that_cannot_be_asked_costs_only_its_fields(registrar):
    text = f"Registrar: Thin Ltd\r\nRegistrar WHOIS Server: {registrar}\r\n"
    with Hostile(says(text.encode())) as registry:
        servers = WhoisServers({"test": registry.address})
        records = whois.ask("bakery.test", servers=servers, root="", guard=ONLY_HERE, deadline_s=2)
    assert [(each.answer, each.asked) for each in records] == [
        (Answer.REGISTERED, "registry"),
        (Answer.UNAVAILABLE, "registrar"),
    ]
    assert (records[0].registrar, records[1].server) == ("Thin Ltd", registrar)


def refers_to_itself(connection: socket.socket, _: object) -> None:
    me = "127.0.0.1:{1}".format(*connection.getsockname())
    connection.sendall(f"refer: {me}\r\nRegistrar: Loop\r\nRegistrar WHOIS Server: {me}\r\n".encode())


def test_a_root_that_refers_to_itself_is_not_asked_again():
    with Hostile(refers_to_itself) as root, pytest.raises(Unavailable, match="circle"):
        ask(root.address)
    assert root.requests == {"test": 1}


def test_a_registry_that_refers_to_itself_is_not_asked_again():
    with Hostile(refers_to_itself) as registry, Hostile(says(f"refer: {registry.address}\r\n".encode())) as root:
        assert ask(root.address).registrar == "Loop"
    assert registry.requests == {"bakery.test": 1}


def test_a_registrar_that_refers_on_is_the_last_one_asked():
    with Hostile(refers_to_itself) as third:
        onwards = says(f"Registrar: Far\r\nRegistrar WHOIS Server: {third.address}\r\n".encode())
        with Hostile(onwards) as registrar:
            text = f"Registrar: Near\r\nRegistrar WHOIS Server: whois://{registrar.address}/\r\n"
            assert ask_registry(says(text.encode())).registrar == "Near"
    assert (registrar.requests.total(), third.requests.total()) == (1, 0)


def test_a_tld_without_a_server_is_refused():
    answer = b"% IANA WHOIS server\r\n\r\ndomain:       TEST\r\nwhois:\r\nstatus: ACTIVE\r\n"
    with Hostile(says(answer)) as root, pytest.raises(Rejected, match="no WHOIS server"):
        ask(root.address)


@pytest.mark.parametrize(("text", "error"), [("quota exceeded", Throttled), ("<html>", Unavailable)])
def test_a_root_that_does_not_refer_is_asked_again_later(text, error):
    with Hostile(says(text.encode())) as root, pytest.raises(error):
        ask(root.address)


@pytest.mark.parametrize(
    "name",
    [
        "-h", "a.test\r\nb.test", "a.test\nb.test", "a.test\r", "a b.test", "", "-T dn a.test", "-a.test", "a.test ",
        "A.test", "é.test", "a.test.", ".test", "a..test", "a-.test", "a/e", "a.test\0", f"{'a.' * 130}test",
        "--show-handles a.test", "domain a.test", "=a.test", "!a.test", "a.test/e", "*.test", "{name}.test",
    ],
)  # fmt: skip
def test_a_name_that_would_be_another_query_is_refused(name):
    with WhoisServer([BAKERY]) as server, pytest.raises(Rejected, match="not a name"):
        ask(server.address, name)
    assert not server.requests


def asked_for(name: str) -> tuple[list[str], list[str]]:
    """Return what the registry and the registrar of a thin registry were asked for ``name``."""
    with Hostile(says(b"Registrar: Far Ltd\r\n")) as registrar:
        thin = f"Registrar: Near Ltd\r\nRegistrar WHOIS Server: {registrar.address}\r\n"
        with Hostile(says(thin.encode())) as registry:
            servers = WhoisServers({name.rpartition(".")[2]: registry.address})
            whois.ask(name, servers=servers, root="", guard=GUARD, deadline_s=5)
    return [each.decode() for each in registry.heard], [each.decode() for each in registrar.heard]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("bakery.com", "domain bakery.com\r\n"),
        ("bakery.de", "-T dn,ace bakery.de\r\n"),
        ("bakery.jp", "bakery.jp/e\r\n"),
        ("bakery.dk", "--show-handles bakery.dk\r\n"),
        ("bakery.fr", "bakery.fr\r\n"),
    ],
)
def test_a_registry_is_asked_in_its_own_form_and_a_registrar_for_the_bare_name(name, form):
    assert asked_for(name) == ([form], [f"{name}\r\n"])


def test_registry_and_registrar_are_told_apart():
    with WhoisServer([BAKERY], thin={"bakery.test"}) as server:
        registry, registrar = whois.ask(
            "bakery.test", servers=WhoisServers(), root=server.address, guard=GUARD, deadline_s=5
        )
    assert (registry.asked, registry.server, registry.expires) == ("registry", server.registry_address, None)
    assert (registrar.asked, registrar.server) == ("registrar", server.registrar_address)
    assert registrar.expires == BAKERY.expires


def test_a_registrar_that_was_asked_too_often_says_so():
    with Hostile(says(b"Query rate limit exceeded")) as registrar:
        thin = f"Registrar: Near Ltd\r\nRegistrar WHOIS Server: {registrar.address}\r\n"
        with Hostile(says(thin.encode())) as registry:
            servers, limit = WhoisServers({"test": registry.address}), Recorder()
            records = whois.ask("a.test", servers=servers, root="", guard=GUARD, limit=limit, deadline_s=5)
    assert [each.answer for each in records] == [Answer.REGISTERED, Answer.THROTTLED]
    assert limit.calls == [("whois", registry.address, "ok"), ("whois", registrar.address, "Throttled")]


def test_every_server_is_called_inside_its_rate_limit():
    limit = Recorder()
    with WhoisServer([BAKERY], thin={"bakery.test"}) as server:
        fetch("bakery.test", root=server.address, guard=GUARD, limit=limit, deadline_s=5)
    addresses = (server.address, server.registry_address, server.registrar_address)
    assert limit.calls == [("whois", each, "ok") for each in addresses]


def test_the_gate_is_told_what_became_of_its_server():
    limit = Recorder()
    with WhoisServer([BAKERY], Conduct(Behaviour.THROTTLE)) as server, pytest.raises(Throttled):
        fetch("bakery.test", root=server.address, guard=GUARD, limit=limit, deadline_s=5)
    assert limit.calls[1] == ("whois", server.registry_address, "Throttled")


@pytest.mark.parametrize("which", ["address", "registry_address", "registrar_address"])
def test_what_a_gate_raises_passes_through_unchanged(which):
    with WhoisServer([BAKERY], thin={"bakery.test"}) as server:
        shut = Shut(getattr(server, which))
        with pytest.raises(Parked):
            fetch("bakery.test", root=server.address, guard=GUARD, limit=shut, deadline_s=5)
    assert (server.requests.total(), server.registrar_requests.total()) == (int(which == "registrar_address"), 0)


def test_a_server_that_there_was_no_time_left_for_is_not_blamed():
    limit = Recorder()
    text = b"Registrar: Near Ltd\r\nRegistrar WHOIS Server: whois.test\r\n"
    with Hostile(never_closes(text)) as registry:
        servers = WhoisServers({"test": registry.address})
        records = whois.ask("a.test", servers=servers, root="", guard=GUARD, limit=limit, deadline_s=1.5)
    assert [each.answer for each in records] == [Answer.REGISTERED, Answer.UNAVAILABLE]
    assert [server for _, server, _ in limit.calls] == [registry.address]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Query rate limit exceeded. Please wait 30 seconds.", 30),
        ("Too many requests, try again in 5 minutes", 300),
        ("Quota exceeded; retry after 2 hours", 7200),
        ("Query rate limit of 100 in 24 hours exceeded", None),
    ],
)
def test_a_quota_text_says_when_to_come_back(text, seconds):
    with pytest.raises(Throttled) as caught:
        ask_registry(says(text.encode()))
    assert caught.value.retry_after == seconds


def test_a_server_that_says_that_it_is_down_is_unavailable():
    with pytest.raises(Unavailable, match="cannot answer now"):
        ask_registry(says(b"The WHOIS service is temporarily unavailable. Please try again later.\r\n"))


def test_what_the_root_said_is_learned():
    learned: dict[str, str] = {}
    with WhoisServer([BAKERY]) as server:
        for _ in range(2):
            fetch("bakery.test", root=server.address, guard=GUARD, learned=learned, deadline_s=5)
        assert learned == {"test": server.registry_address}
        assert server._root.requests == {"test": 1}


def test_a_tld_without_a_server_is_learned_too():
    learned: dict[str, str] = {}
    with Hostile(says(b"domain: TEST\r\nwhois:\r\n")) as root:
        for _ in range(2):
            with pytest.raises(Rejected, match="no WHOIS server"):
                fetch("bakery.test", root=root.address, guard=GUARD, learned=learned, deadline_s=5)
    assert learned == {"test": whois.NO_SERVER}
    assert root.requests == {"test": 1}


def test_a_server_that_does_not_answer_is_not_learned():
    learned: dict[str, str] = {}
    with Hostile(says(b"refer: 10.0.0.1\r\n")) as root, pytest.raises(Rejected):
        fetch("bakery.test", root=root.address, guard=GUARD, learned=learned, deadline_s=5)
    assert not learned


def read(text: str):
    return reader.record("bakery.test", text, "whois.test")


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
        "No Data Found\nURL of the ICANN complaint form: https://icann.org",
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


def test_what_python_whois_finds_in_unparsable_text_is_its_word_and_decides_nothing():
    with Hostile(says(b"bakery.test | Registrar: Example Ltd\r\n")) as registry:
        records = whois.ask(
            "bakery.test",
            servers=WhoisServers({"test": registry.address}),
            root="127.0.0.1",
            guard=GUARD,
            deadline_s=5,
        )
    (record,) = records
    assert (record.answer, record.registrar, record.evidence) == (Answer.UNPARSABLE, None, {})
    assert [(each.source, each.field, each.value) for each in record.unconfirmed] == [
        ("python-whois", "registrar", "Example Ltd")
    ]
    known = knowledge.learn(None, records, at=datetime.now(UTC))
    assert (known.answer, known.registrar, known.statements) == (None, None, {})


def test_the_registrys_own_expiry_goes_before_the_registrars():
    text = "Registry Expiry Date: 2027-03-01T12:00:00Z\nRegistrar Registration Expiration Date: 2026-03-01T12:00:00Z"
    assert read(text).expires == BAKERY.expires


@pytest.mark.parametrize("date", ["0000-00-00", "9" * 40, "soon", "2027-03-01 12:00:00 XYZT", "1e999", "31/31/31"])
@pytest.mark.parametrize("domain", ["a.test", "a.com", "a.de", "a.jp", "a.uk", "a.it", "a.ru"])
def test_no_date_makes_the_reader_raise_or_warn(date, domain):
    text = f"Expiry Date: {date}\nCreation Date: {date}\npaid-till: {date}\nRegistrar: X"
    assert reader.record(domain, text, "s").source == "whois"


@given(st.text(), st.sampled_from(["com", "de", "jp", "uk", "sg", "kr", "fr", "br", "test"]))
def test_no_text_makes_the_reader_raise(text, tld):
    assert reader.record(f"a.{tld}", text, "s").source == "whois"
