"""What may be looked up at once: whatever people type, as a domain or an endpoint."""

from datetime import UTC, datetime

import pytest

from rules import lookups
from rules.certificates.observation import Protocol
from rules.domains.lifecycle import LifecycleStage
from rules.domains.records import Answer, RegistryRecord
from rules.lookups import LookupKind, LookupQuestion
from rules.names import NotAHost, NotRegistrable


@pytest.mark.parametrize("written", ["bakery.test", "https://www.Bakery.test/shop", "shop.bakery.test."])
def test_a_domain_is_reduced_to_what_was_registered(written: str) -> None:
    assert lookups.about_domain(written) == LookupQuestion(kind=LookupKind.DOMAIN, name="bakery.test")


@pytest.mark.parametrize("written", ["", "test", "co.uk", "192.0.2.1", "a b.test", "a\r\nb.test", "x" * 3000])
def test_what_nobody_can_have_registered_is_refused(written: str) -> None:
    with pytest.raises((NotRegistrable, NotAHost)):
        lookups.about_domain(written)


def test_an_endpoint_has_its_port_from_its_text_its_protocol_or_beside_it() -> None:
    assert lookups.about_endpoint("www.bakery.test").target.port == 443
    assert lookups.about_endpoint("www.bakery.test:8443").port == 8443
    assert lookups.about_endpoint("www.bakery.test", port=993).protocol == Protocol.TLS
    assert lookups.about_endpoint("mx.bakery.test", port=25).protocol == Protocol.SMTP
    assert lookups.about_endpoint("[2001:db8::1]:25", port=25).target.host == "2001:db8::1"


@pytest.mark.parametrize(("written", "port"), [("www.bakery.test:443", 25), ("a b", 443), ("www.bakery.test:0", None)])
def test_what_is_no_endpoint_is_refused(written: str, port: int | None) -> None:
    with pytest.raises(NotAHost):
        lookups.about_endpoint(written, port=port)


def test_what_a_lookup_amounts_to_has_its_stage_of_life() -> None:
    record = RegistryRecord(name="bakery.test", answer=Answer.AVAILABLE, source="rdap", server="rdap.test")
    known, life = lookups.amount([record], now=datetime(2026, 11, 23, tzinfo=UTC))
    assert (known.answer, life.stage) == (Answer.AVAILABLE, LifecycleStage.AVAILABLE)
