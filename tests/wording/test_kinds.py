"""Kinds and states as a person reads them."""

import pytest

from rules.certificates.faults import Severity
from wording import kinds


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        ("2026-11-23T00:00:00+00:00", "expiry_changed", "2026-11-23"),
        ("self_signed", "fault_found", "Certificate is self-signed"),
        ("unverified", "fault_mended", "Unverified"),  # a fault of an older release
        ("ab" * 32, "certificate_changed", "abababababab…"),
        (f"serial {'0a' * 20}, EC-256, a new key", "rollout_began", "serial 0a0a0a0a0a0a…, EC-256, a new key"),
        ("Example Names", "registrar_changed", "Example Names"),
    ],
)
def test_what_changed_reads_as_people_write_it(value: str, kind: str, read: str) -> None:
    assert kinds.changed(value, kind) == read


def test_a_kind_reads_as_a_title() -> None:
    assert kinds.title("nameservers_changed") == "Nameservers changed"


def test_a_title_inside_a_sentence_keeps_the_capitals_of_names() -> None:
    titles = ("Chain is incomplete", "CAA forbids the issuer", "TLS handshake fails", "")
    assert [kinds.in_sentence(one) for one in titles] == ["chain is incomplete", *titles[1:]]


def test_each_severity_has_a_word() -> None:
    assert [kinds.severity(one) for one in (0, *Severity)] == ["sound", "note", "warning", "critical"]


def test_a_stage_of_life_reads_as_staff_say_it() -> None:
    assert [kinds.stage(one) for one in ("available", "redemption_period")] == ["not registered", "redemption period"]


def test_alerts_of_a_kind_are_counted_in_words_of_their_own_or_by_their_kind() -> None:
    assert kinds.alerts("domain_gone") == "domains lost"
    assert kinds.alerts("something_new") == "alerts: something new"
