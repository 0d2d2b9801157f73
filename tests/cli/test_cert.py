"""``nolapse cert``: what it prints, as a page, as JSON and as PEM, and the exit codes of monitoring plugins."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import cert, scan_output
from cli.output import Exit
from rules.certificates.faults import FaultKind, fault
from rules.certificates.finding import ChainRole, Grade
from rules.certificates.observation import AddressObservation, Protocol
from rules.names import NotAHost
from sandbox.behaviour import Behaviour
from sandbox.truth import Chain, Endpoint, Portfolio
from sandbox.world import World
from tests.rules.certificates.findings import DAY, address_finding, finding, leaf
from tests.support.scans import stored_fault
from tests.support.shell import Shell
from wording.certificates.remediation import REMEDIATION

NOW = datetime.now(UTC).replace(microsecond=0)
ESCAPE = "\x1b[2J\x9b31m"
"""Clears a terminal, and colours it, where it is obeyed."""

NEW, OLD = leaf("0b" * 10, begins=NOW - 10 * DAY), leaf("0a" * 10, begins=NOW - 87 * DAY)
MIDDLE = replace(NEW, role=ChainRole.INTERMEDIATE, sent=False, subject="CN=R12,O=Let's Encrypt", fingerprint="cc" * 32)


class TestPrinted:
    def printed(self, capsys: pytest.CaptureFixture[str], *findings: object) -> list[str]:
        for one in findings:
            scan_output.show(one)  # type: ignore[arg-type] - a finding
        return capsys.readouterr().out.splitlines()

    def mixed(self, text: str = "www.agency.test"):
        broken = stored_fault(FaultKind.INCOMPLETE_CHAIN, f"The server does not send {text}.")
        served = replace(OLD, subject=f"CN={text}", names=(text,))
        behind = replace(
            address_finding("2001:db8:1234:5678:9abc:def0:1234:5678", served, broken), tls_version="TLSv1.2", hsts=""
        )
        return finding(
            replace(address_finding("192.0.2.1", NEW), cipher="TLS_AES_256_GCM_SHA384", hsts="max-age=86400"),
            replace(behind, chain=(served, MIDDLE), cipher="ECDHE-ECDSA-AES128-GCM-SHA256"),
            address_finding("192.0.2.9", None, stored_fault(FaultKind.UNREACHABLE, text)),
            grade=Grade.REFUSED,
            caa=(f'0 issue "{text}"',),
        )

    def test_the_first_line_is_the_verdict_on_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        notes = [stored_fault(kind, "It is well. " * 10) for kind in (FaultKind.CAA_MISMATCH, FaultKind.WRONG_ORDER)]
        long = finding(address_finding("192.0.2.1", NEW, *notes), port=25, protocol=Protocol.SMTP)
        first = self.printed(capsys, long)[0]
        assert first.startswith("A  www.agency.test:25 (smtp)  It is well. ")
        assert first.rstrip().endswith("It is well.")

    def test_nothing_else_is_wider_than_80_columns_and_no_word_is_lost(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = self.printed(capsys, self.mixed())
        assert max(map(len, lines[1:])) <= 80
        folded = "".join("".join(lines).split())
        for whole in ("TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"):
            assert whole in folded

    def test_it_says_what_differs_where_the_chain_breaks_and_how_each_fault_is_mended(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = " ".join(" ".join(self.printed(capsys, self.mixed())).split())
        for words in (
            "#1 print of",
            "≠ #2 print of",
            "≠ no HSTS",
            "R12, intermediate, not sent",
            "www.agency.test, leaf, sent",
            'CAA 0 issue "www.agency.test"',
            "renewal due on",
        ):
            assert words in text, words
        for kind in (FaultKind.INCOMPLETE_CHAIN, FaultKind.UNREACHABLE):
            assert f"critical {REMEDIATION[kind].title}" in text
            assert f"To mend it: {REMEDIATION[kind].how}" in text

    def test_what_strangers_write_reaches_no_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        lines = self.printed(capsys, self.mixed(f"[red]{ESCAPE}\u202eevil"))
        assert "[red]\N{REPLACEMENT CHARACTER}[2J" in "".join(lines)
        assert all(line.isprintable() for line in lines)

    def test_a_scan_without_an_address_says_so_in_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        nowhere = finding(grade=Grade.UNSEEN, faults=(stored_fault(FaultKind.UNREACHABLE, "The name does not exist."),))
        assert self.printed(capsys, nowhere)[0] == "?  www.agency.test:443  The name does not exist."


class TestPem:
    def test_equal_chains_are_written_once_without_a_comment(self) -> None:
        seen = [AddressObservation(address=one, chain=(b"leaf", b"middle")) for one in ("192.0.2.1", "192.0.2.2")]
        assert "".join(scan_output.chains(seen)) == "".join(map(ssl.DER_cert_to_PEM_cert, (b"leaf", b"middle")))

    def test_each_distinct_chain_says_who_sent_it(self) -> None:
        seen = [
            AddressObservation(address="a", chain=(b"1",)),
            AddressObservation(address="b"),
            AddressObservation(address="c", chain=(b"2",)),
        ]
        assert [line for line in "".join(scan_output.chains(seen)).splitlines() if line.startswith("#")] == [
            "# a",
            "# c",
        ]


class TestTarget:
    @pytest.mark.parametrize(
        ("written", "protocol", "expected"),
        [
            ("www.bakery.test", None, ("www.bakery.test", 443, Protocol.TLS)),
            ("https://WWW.Bakery.test:8443/path?x=1", None, ("www.bakery.test", 8443, Protocol.TLS)),
            ("mx.bakery.test:25", None, ("mx.bakery.test", 25, Protocol.SMTP)),
            ("mx.bakery.test:587", None, ("mx.bakery.test", 587, Protocol.SUBMISSION)),
            ("db.bakery.test:5432", None, ("db.bakery.test", 5432, Protocol.POSTGRES)),
            ("mx.bakery.test:25", Protocol.TLS, ("mx.bakery.test", 25, Protocol.TLS)),
            ("mx.bakery.test", Protocol.SMTP, ("mx.bakery.test", 25, Protocol.SMTP)),
            ("mx.bakery.test:993", None, ("mx.bakery.test", 993, Protocol.TLS)),
            ("[2001:db8::1]:143", None, ("2001:db8::1", 143, Protocol.IMAP)),
            ("2001:db8::1", None, ("2001:db8::1", 443, Protocol.TLS)),
            ("bücher.test", None, ("xn--bcher-kva.test", 443, Protocol.TLS)),
        ],
    )
    def test_a_port_says_the_protocol_and_a_protocol_its_port(
        self, written: str, protocol: Protocol | None, expected: tuple[str, int, Protocol]
    ) -> None:
        target = cert.target_of(written, protocol, "")
        assert (target.host, target.port, target.protocol) == expected

    def test_a_name_to_ask_for_is_a_host_name(self) -> None:
        assert cert.target_of("192.0.2.1", None, "Shop.test").server_name == "shop.test"
        with pytest.raises(NotAHost):
            cert.target_of("192.0.2.1", None, "no host")

    @pytest.mark.parametrize("written", ["www.bakery.test:0", "www.bakery.test:65536", "www.bakery.test:x", "a b"])
    def test_what_is_no_host_or_port_is_refused(self, written: str) -> None:
        with pytest.raises(NotAHost):
            cert.target_of(written, None, "")


@pytest.mark.parametrize(
    ("grade", "kinds", "code"),
    [
        (Grade.SOUND, (), Exit.OK),
        (Grade.NOTED, (FaultKind.CAA_MISMATCH,), Exit.OK),
        (Grade.WARNED, (FaultKind.RENEWAL_LATE,), Exit.WRONG),
        (Grade.REFUSED, (FaultKind.EXPIRED,), 2),
        (Grade.REFUSED, (FaultKind.UNREACHABLE,), 2),
        (Grade.UNSEEN, (FaultKind.NOT_TLS,), 2),
        (Grade.UNSEEN, (FaultKind.HANDSHAKE_FAILED, FaultKind.UNREACHABLE), 2),
        (Grade.UNSEEN, (FaultKind.UNREACHABLE,), Exit.COULD_NOT),
        (Grade.UNSEEN, (), Exit.COULD_NOT),
    ],
)
def test_the_exit_code_is_that_of_monitoring_plugins(grade: Grade, kinds: tuple[FaultKind, ...], code: int) -> None:
    assert cert.verdict(finding(grade=grade, faults=tuple(map(fault, kinds)))) == code


WORST = {0: set[str](), 1: {"warning"}, 2: {"critical"}}
"""Severities of the faults behind an exit code, in the sandbox of the test below."""


class TestCommand:
    """The command in a process of its own, before real servers."""

    def endpoint(self, host: str, chain: Chain = Chain.VALID, *, days: float = 80) -> Endpoint:
        end = NOW + timedelta(days=days)
        return Endpoint(host=host, client="Bakery", chain=chain, not_before=end - timedelta(days=90), not_after=end)

    def test_a_certificate_is_looked_at_now(self, tmp_path: Path) -> None:
        served = {
            self.endpoint("good.test"): 0,
            self.endpoint("soon.test", Chain.EXPIRING, days=5): 1,
            self.endpoint("old.test", Chain.EXPIRED, days=-2): 2,
            self.endpoint("other.test", Chain.WRONG_HOST): 2,
            self.endpoint("self.test", Chain.SELF_SIGNED): 2,
        }
        with World(Portfolio((), (), tuple(served)), tmp_path) as world:
            shell = Shell(tmp_path, **world.environment())
            port = world.tls.port
            calls = [("cert", f"{one.host}:{port}", "--json") for one in served]
            for said, (one, code) in zip(shell.all(*calls), served.items(), strict=True):
                assert said.code == code, said
                assert datetime.fromisoformat(said.json["not_after"]) == one.not_after
                assert {fault["severity"] for fault in said.json["faults"]} == WORST[code], said.json["faults"]
                assert all(fault["how"] for fault in said.json["faults"])
            plain, pem, asked, given, both, nothing = shell.all(
                ("cert", f"old.test:{port}"),
                ("cert", "look", "--pem", f"good.test:{port}"),
                ("cert", f"127.0.0.1:{port}", "--name", "good.test"),
                ("cert", "verify"),
                ("cert", "--pem", "--json", f"good.test:{port}"),
                ("cert", "--pem", "good.test:1"),
            )
            world.tls.conduct.by_name["good.test"] = Behaviour.HANG_UP
            broken, refused, none = shell.all(
                ("cert", f"good.test:{port}"), ("cert", "good.test:1"), ("cert", "good.test:x")
            )
        assert plain.out.startswith(f"F  old.test:{port}  ")
        assert REMEDIATION[FaultKind.EXPIRED].title in plain.out
        assert pem.out.startswith("-----BEGIN CERTIFICATE-----\n")
        assert pem.out.endswith("-----END CERTIFICATE-----\n")
        assert (pem.code, asked.code) == (0, 0), (pem, asked)
        assert (given.code, "--jsonl" in given.error) == (2, True)
        assert (both.code, both.out) == (2, "")
        assert (nothing.code, nothing.out, len(nothing.error.splitlines())) == (3, "", 1)
        assert broken.code in {2, 3}
        assert refused.code == 3
        assert (none.code, none.out, len(none.error.splitlines())) == (2, "", 1)
