"""Lanes: what the table says is kept in every window of time, whoever asks when."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rate_limits import lanes
from rules.rate_limits.lanes import LONGEST_PATIENCE_S, Lane

DAY = 86400
NOW = 1_790_000_000.0
TWO = Lane("whois.example", 2.0, 1, "a test")

# Times that floats hold exactly, so that a window is neither too long nor too short by a rounding.
steps = st.integers(0, 4000).map(lambda number: number / 64)
paced = st.builds(
    Lane, st.just("x"), st.integers(1, 640).map(lambda number: number / 64), st.integers(1, 20), st.just("a test")
)
patience = st.sampled_from([0.0, 0.5, 1.0, LONGEST_PATIENCE_S])


def admitted(lane: Lane, waits: list[float], patience_s: list[float]) -> list[float]:
    """Return when those are let through who come so long after one another, each with a patience of its own."""
    tat, now, through = 0.0, 0.0, []
    for wait, patient in zip(waits, patience_s, strict=False):
        now += wait
        tat, wait_s = lanes.admit(tat, now, lane, patience_s=patient)
        if wait_s <= patient:
            through.append(now + wait_s)
    return sorted(through)


class TestAdmit:
    def test_a_burst_passes_at_once_and_then_one_in_each_period(self) -> None:
        lane = replace(TWO, burst=3)
        assert admitted(lane, [0.0] * 5 + [2.0, 0.0, 2.0], [0.0] * 8) == [0.0, 0.0, 0.0, 2.0, 4.0]

    def test_who_waits_as_long_as_it_was_told_passes(self) -> None:
        tat, _ = lanes.admit(0.0, NOW, TWO)
        same, wait_s = lanes.admit(tat, NOW + 0.5, TWO)
        assert (same, wait_s) == (tat, 1.5)
        assert lanes.admit(tat, NOW + 0.5 + wait_s, TWO)[1] == 0.0

    def test_the_patient_take_the_next_slot_ahead_of_its_time(self) -> None:
        tat, _ = lanes.admit(0.0, NOW, TWO)
        after, wait_s = lanes.admit(tat, NOW + 1.5, TWO, patience_s=1.0)
        assert (after, wait_s) == (tat + 2.0, 0.5)
        assert lanes.admit(after, NOW + 1.5, TWO, patience_s=1.0)[1] == 2.5, "the one after it is taken by nobody yet"

    def test_a_lane_that_is_not_paced_lets_everybody_through(self) -> None:
        lane = replace(TWO, period_s=0.0)
        assert admitted(lane, [0.0] * 100, [0.0] * 100) == [0.0] * 100

    @given(paced, st.lists(steps, max_size=80), st.lists(patience, max_size=80))
    def test_no_window_sees_more_than_the_burst_and_what_its_length_allows(
        self, lane: Lane, waits: list[float], patience_s: list[float]
    ) -> None:
        through = admitted(lane, waits, patience_s)
        for first, begin in enumerate(through):
            for last, end in enumerate(through[first:], first):
                assert last - first + 1 <= lane.burst + (end - begin) / lane.period_s

    @given(paced, st.lists(steps, min_size=1, max_size=40), steps)
    def test_a_clock_that_was_set_back_does_not_shut_the_lane(self, lane: Lane, waits: list[float], now: float) -> None:
        tat = 0.0
        for wait in waits:
            tat, _ = lanes.admit(tat, NOW + wait, lane)
        _, wait_s = lanes.admit(tat, now, lane)
        assert wait_s <= lane.period_s + LONGEST_PATIENCE_S


class TestTable:
    @pytest.mark.parametrize(
        ("server", "calls", "seconds"),
        [
            ("whois.eu", 15, 60),
            ("whois.nic.uk", 1000, DAY),
            ("whois.nic.uk", 5, 1),
            ("whois.nic.fr", 7200, DAY),
            ("whois.nic.re", 7200, DAY),
            ("whois.centralnic.com", 1800, 900),
            ("whois.punktum.dk", 1, 1),
            ("whois.fi", 10_000, DAY),
            ("whois.fi", 5, 1),
            ("whois.norid.no", 3000, DAY),
            ("whois.norid.no", 60, 60),
            ("whois.tcinet.ru", 12, 60),
            ("whois.nic.es", 10, 60),
            ("whois.dns.be", 100, 3600),
            ("whois.nic.vlaanderen", 10_000, DAY),
            ("whois.weare.ie", 100, DAY),
            ("whois.auda.org.au", 20, 3600),
        ],
    )
    def test_what_a_registry_publishes_is_kept_in_each_of_its_windows(
        self, server: str, calls: int, seconds: int
    ) -> None:
        lane = lanes.KNOWN[server]
        assert lane.burst + int(seconds / lane.period_s + 1e-9) <= calls

    def test_each_line_is_one_that_can_be_kept(self) -> None:
        hosts = [host for hosts, *_ in lanes._TABLE for host in hosts]
        assert len(set(hosts)) == len(hosts), "a server is listed once"
        for host, lane in lanes.KNOWN.items():
            assert lanes.name(host) == host
            assert lane.period_s > 0
            assert lane.burst >= 1
            assert lane.source

    @pytest.mark.parametrize(
        "server",
        [
            "whois.eu", "rdap.sidn.nl", "whois.denic.de", "rdap.nominet.uk", "rdap.verisign.com", "rdap.nic.fr",
            "whois.nic.at", "whois.nic.ch", "rdap.identitydigital.services", "rdap.publicinterestregistry.org",
            "rdap.centralnic.com", "pubapi.registry.google", "rdap.cctld.au", "rdap.ca.fury.ca", "rdap.registro.br",
            "whois.norid.no", "whois.iis.se", "whois.punktum.dk", "whois.tld.ee", "whois.iana.org",
        ],
    )  # fmt: skip
    def test_the_registries_that_most_domains_are_with_are_listed(self, server: str) -> None:
        assert lanes.of(server, per_minute={}) is lanes.KNOWN[server]


class TestOf:
    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("whois.denic.de", "whois.denic.de"),
            ("WHOIS.DENIC.DE.", "whois.denic.de"),
            ("whois.denic.de:43", "whois.denic.de"),
            ("rdap.example:443", "rdap.example"),
            ("rdap.example:8443", "rdap.example:8443"),
            ("127.0.0.1:4343", "127.0.0.1:4343"),
            ("[2001:db8::1]:43", "[2001:db8::1]"),
            ("2001:db8::43", "2001:db8::43"),
            ("a" * 70_000, "a" * 255),
        ],
    )
    def test_a_server_has_one_name(self, written: str, name: str) -> None:
        assert lanes.name(written) == name

    def test_servers_that_share_a_limit_share_a_lane(self) -> None:
        one, other = (lanes.of(host, per_minute={}) for host in ("whois.nic.fr", "whois.nic.pm"))
        assert one == other
        assert one.name == "whois.nic.fr"

    def test_one_that_is_not_listed_has_a_polite_lane_of_its_own(self) -> None:
        lane = lanes.of("whois.nic.unlisted", per_minute={})
        assert (lane.name, lane.period_s, lane.burst) == ("whois.nic.unlisted", 2.0, 2)

    @pytest.mark.parametrize(
        ("server", "own", "settings", "period_s"),
        [
            ("whois.denic.de", False, {"whois.denic.de": 120}, 0.5),
            ("whois.denic.de", False, {"*": 6}, 2.0),
            ("whois.unlisted.example.net", False, {"*": 6}, 10.0),
            ("whois.nic.pm", False, {"whois.nic.fr": 6}, 10.0),
            ("127.0.0.1:4343", True, {}, 0.0),
            ("127.0.0.1:4343", True, {"*": 6}, 0.0),
            ("127.0.0.1:4343", True, {"127.0.0.1:4343": 60}, 1.0),
            ("rdap.sandbox.test:8080", False, {}, 0.0),
            ("whois.nic.example", False, {}, 0.0),
            ("whois.notatest", False, {}, 2.0),
        ],
    )
    def test_the_settings_go_before_the_table_and_what_is_our_own_is_not_paced(
        self, *, server: str, own: bool, settings: dict[str, float], period_s: float
    ) -> None:
        assert lanes.of(server, per_minute=settings, own=own).period_s == period_s

    @pytest.mark.parametrize(
        ("period_s", "words"),
        [(2.0, "1 look-up in 2 s"), (0.25, "4 look-ups in 1 s"), (86.83, "1 look-up in 86.8 s")],
    )
    def test_a_pace_is_said_in_words(self, period_s: float, words: str) -> None:
        assert replace(TWO, period_s=period_s).words == words

    def test_a_slowed_lane_has_no_burst(self) -> None:
        lane = replace(TWO, burst=5)
        assert lane.slowed(3.0) == replace(TWO, period_s=6.0)
        assert lane.slowed(1.0) is lane
