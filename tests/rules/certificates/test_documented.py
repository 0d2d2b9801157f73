"""What docs/certificates.md says of faults, grades and protocols is what the rules say."""

import re

import pytest

from rules.certificates import faults
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Grade
from rules.certificates.observation import PORTS
from tests.support.forked import ROOT
from wording.certificates.remediation import REMEDIATION

PAGE = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")


def test_every_fault_stands_there_with_its_severity_in_the_order_in_which_it_is_told() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (critical|warning|note) \|", PAGE, re.MULTILINE)
    assert rows == [(kind.value, faults.fault(kind).severity.name.lower()) for kind in FaultKind]


def test_every_grade_stands_there() -> None:
    assert re.findall(r"^\| ([A-F?]) \|", PAGE, re.MULTILINE) == [grade.value for grade in Grade]


def test_every_protocol_stands_there_with_its_port() -> None:
    rows = re.findall(r"`(\w+)` \| (\d+) \|", PAGE)
    assert {name: int(port) for name, port in rows} == {protocol.value: port for protocol, port in PORTS.items()}


@pytest.mark.parametrize("fault", FaultKind)
def test_every_fault_says_how_it_is_mended(fault: FaultKind) -> None:
    assert REMEDIATION[fault].title
    assert REMEDIATION[fault].how.endswith(".")
