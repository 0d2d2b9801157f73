"""Whether the outside works, tried against real servers on loopback."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

import settings
from sandbox.truth import Domain, Registration, Speaks
from sandbox.world import World
from tasks import outside
from tasks.outside import probes

Sandbox = Callable[..., World]
KNOWN = Domain(name="bakery.test", client="Bakery", speaks=Speaks.RDAP, registration=Registration.REGISTERED)


def wrong() -> dict[str, str | None]:
    return {one.name: one.wrong for one in probes.probe_all()}


def test_what_works_is_said_to_and_the_relay_gets_no_mail(sandbox: Sandbox) -> None:
    world = sandbox(domains=[KNOWN])
    mail = ("mail relay", "bounce mailbox")
    names = ("resolver", "RDAP bootstrap", "WHOIS root", *mail, "storage", "Stripe", "VIES", "virus scanner")
    assert wrong() == dict.fromkeys(names)
    assert world.smtp.connections == 1
    assert world.smtp.mailbox == []


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"dns_resolvers": ("127.0.0.1:9",)}, "resolver"),
        ({"rdap_bootstrap_url": "http://127.0.0.1:9/dns.json"}, "RDAP bootstrap"),
        ({"whois_root": "127.0.0.1:9"}, "WHOIS root"),
        ({"smtp_url": SecretStr("smtp://127.0.0.1:9?tls=none")}, "mail relay"),
        ({"storage_url": "s3://documents?endpoint=http://127.0.0.1:9"}, "storage"),
        ({"clamd_url": "tcp://127.0.0.1:9"}, "virus scanner"),
        ({"vies_url": "http://127.0.0.1:9/rest-api"}, "VIES"),
    ],
)
def test_what_does_not_work_is_named_and_the_others_are_tried_all_the_same(
    sandbox: Sandbox, broken: dict[str, object], name: str
) -> None:
    sandbox(domains=[KNOWN])
    outside.storage.cache_clear()
    with settings.override(**broken):
        found = wrong()
    assert [one for one, why in found.items() if why] == [name]
