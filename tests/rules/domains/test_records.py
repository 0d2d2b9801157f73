from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rules.domains import records
from rules.domains.records import Answer, RegistryRecord

KNOWN = RegistryRecord(
    name="example.com",
    answer=Answer.REGISTERED,
    source="rdap",
    server="rdap.example",
    created=datetime(1995, 8, 14, tzinfo=UTC),
    expires=datetime(2027, 8, 13, 4, tzinfo=UTC),
    registrar="Ex Ltd",
    nameservers=("ns1.example.net", "ns2.example.net"),
    statuses=("clientTransferProhibited", "ok"),
)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("client transfer prohibited", "clientTransferProhibited"),
        ("CLIENTTRANSFERPROHIBITED", "clientTransferProhibited"),
        ("clientHold https://icann.org/epp#clientHold", "clientHold"),
        ("clientHold (https://www.icann.org/epp#clientHold)", "clientHold"),
        ("redemption-period", "redemptionPeriod"),
        ("ACTIVE", "ok"),
        ("autoRenew Grace Period", "autoRenewPeriod"),
        ("Pending Delete - Restorable", "redemptionPeriod"),
        ("REGISTERED, DELEGATED", "REGISTERED, DELEGATED"),
    ],
)
def test_a_status_has_one_spelling(written, status):
    assert records.statuses([written]) == (status,)


def test_what_follows_a_name_server_is_dropped_and_what_is_none_passed_over():
    assert records.nameservers(["NS1.Example.net. 192.0.2.1", "", "none", "ns1.example.net"]) == ("ns1.example.net",)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Registrar:\tExample  Ltd ", "Registrar: Example Ltd"),
        ("a\x00\x1b[31m\u202eb", "a[31mb"),
        ("\ud800", ""),
        ("x" * 1000, "x" * records.EVIDENCE_LONGEST),
    ],
)
def test_evidence_is_one_line_without_control_characters(written, kept):
    assert records.evidence(written) == kept


def test_evidence_tells_no_two_records_apart():
    assert replace(KNOWN, evidence={"registrar": "Registrar: Ex Ltd"}) == KNOWN
