"""Whether the outside works, tried against real servers on loopback."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

import settings
from rules.mail.oauth_accounts import TokenGrant
from sandbox.oauth import CLIENT, REFRESH_TOKEN, TokenEndpoint
from sandbox.smtp import SmtpServer
from sandbox.truth import Domain, RegistryState, Speaks
from sandbox.world import World
from tasks import outside
from tasks.outside import probes

Sandbox = Callable[..., World]
KNOWN = Domain(name="bakery.test", client="Bakery", speaks=Speaks.RDAP, registration=RegistryState.REGISTERED)


def wrong() -> dict[str, str | None]:
    return {one.name: one.wrong for one in probes.probe_all()}


def test_what_works_is_said_to_and_the_relay_gets_no_mail(sandbox: Sandbox) -> None:
    world = sandbox(domains=[KNOWN])
    mail = ("mail relay", "bounce mailbox")
    names = ("resolver", "RDAP bootstrap", "WHOIS root", *mail, "storage", "Stripe", "VIES", "virus scanner")
    assert wrong() == dict.fromkeys(names)
    assert world.smtp.connections == 1
    assert world.smtp.mailbox == []


@pytest.mark.parametrize("revoked", [False, True])
def test_the_token_of_an_account_is_asked_for_once_and_what_is_wrong_is_said_of_it(
    sandbox: Sandbox, *, revoked: bool
) -> None:
    sandbox(domains=[KNOWN])
    with TokenEndpoint() as endpoint, SmtpServer(token_holds=endpoint.holds) as relay:
        account = TokenGrant(endpoint.url, *CLIENT, "revoked" if revoked else REFRESH_TOKEN, "", "")
        url = SecretStr(f"smtp://ada@127.0.0.1:{relay.port}?tls=none&auth=xoauth2")
        with settings.override(smtp_url=url, mail_oauth={"ada": account}):
            found = wrong()
        assert bool(found["mail token of ada"]) is bool(found["mail relay"]) is revoked
        assert "invalid_grant" in (found["mail token of ada"] or "invalid_grant")
        assert len(endpoint.forms) == (2 if revoked else 1)


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
        ({"stripe_url": "http://127.0.0.1:9"}, "Stripe"),
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
