"""The mail relay, registries, endpoints, the bucket and Stripe misbehave (F30 to F40, F42, F43)."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

from sandbox.behaviour import Behaviour
from sandbox.dns import RESOLVER, Trick
from sandbox.stripe.misbehaviour import StripeFault
from sandbox.stripe.webhooks import body_of
from tasks.engine.task import find
from tests.nemesis.installation import Installation
from tests.support.faulty_bucket import Trouble

REPLIES = {
    "put off": "451 4.3.0 not now",
    "closing": "421 4.3.2 going down",
    "refused": "550 5.1.1 no such user",
}


def relay(behaviour: Behaviour):
    """Return the fault that has the relay treat everybody so; whoever waits is dropped in the end."""

    @contextmanager
    def cause(target: Installation, _dice: random.Random) -> Iterator[None]:
        target.world.smtp.conduct.default = behaviour
        yield
        target.world.smtp.conduct.default = Behaviour.NORMAL
        target.world.smtp.drop_connections()

    return cause


@contextmanager
def relay_drops(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Drop all connections at both ends of the fault."""
    target.world.smtp.drop_connections()
    yield
    target.world.smtp.drop_connections()


@contextmanager
def registries(target: Installation, dice: random.Random) -> Iterator[None]:
    """Have RDAP or WHOIS treat everybody in one of the ways of bad servers."""
    desk = dice.choice((target.world.rdap.conduct, target.world.whois._registry.conduct))
    bad = [each for each in Behaviour if each not in (Behaviour.NORMAL, Behaviour.SLOW, Behaviour.DRIP)]
    desk.default = dice.choice(bad)
    yield
    desk.default = Behaviour.NORMAL


@contextmanager
def resolvers(target: Installation, dice: random.Random) -> Iterator[None]:
    trick = dice.choice([Trick.SILENT, Trick.SERVFAIL, Trick.GARBAGE, Trick.CNAME_LOOP, Trick.WRONG_ID])
    names = [each.name for each in target.world.portfolio.domains]
    for name in names:
        target.world.dns.play(trick, name)
    yield
    for name in names:
        target.world.dns._tricks.pop((RESOLVER, name, "*"), None)


@contextmanager
def endpoints(target: Installation, dice: random.Random) -> Iterator[None]:
    target.world.tls.conduct.default = dice.choice([Behaviour.SILENT, Behaviour.GARBAGE, Behaviour.HANG_UP])
    yield
    target.world.tls.conduct.default = Behaviour.NORMAL


@contextmanager
def silent_fan_out(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Have registries and endpoints accept and never answer while all of them are asked."""
    desks = (target.world.rdap.conduct, target.world.whois._registry.conduct, target.world.tls.conduct)
    for desk in desks:
        desk.default = Behaviour.SILENT
    for name in ("domains.check_all", "certificates.scan_all"):
        find(name).enqueue()
    yield
    for desk in desks:
        desk.default = Behaviour.NORMAL


@contextmanager
def bucket(target: Installation, dice: random.Random) -> Iterator[None]:
    target.bucket.trouble = dice.choice([each for each in Trouble if each is not Trouble.NONE])
    yield
    target.bucket.trouble = Trouble.NONE


@contextmanager
def stripe(target: Installation, dice: random.Random) -> Iterator[None]:
    """Have some of the next charges meet a fault, most of them after they were made."""
    kinds = [StripeFault.HANG_UP_AFTER, StripeFault.BROKEN_AFTER, StripeFault.HANG_UP, StripeFault.CONFLICT]
    kinds += [StripeFault.THROTTLED, StripeFault.AWAY, StripeFault.GARBAGE]
    for _ in range(3):
        target.world.stripe.fail_next(dice.choice(kinds), "/v1/payment_intents", times=dice.choice((1, 2)))
    if dice.random() < 0.5:
        target.world.stripe.api.forget_keys()
    yield


@contextmanager
def webhooks(target: Installation, dice: random.Random) -> Iterator[None]:
    """Hold back what Stripe tells; then tell all of it in disorder, each several times."""
    sender = target.world.stripe.webhooks
    sender.hold()
    sender.copies = dice.choice((2, 5, 10))
    yield
    sender.release(lambda waiting: dice.sample(waiting, len(waiting)))


@contextmanager
def forged_webhooks(target: Installation, _dice: random.Random) -> Iterator[None]:
    """Tell of events that Stripe never told of, under signatures that are none."""
    for event in target.world.stripe.objects.events[-5:]:
        forged = {**event, "id": "evt_forged"}
        connection = HTTPConnection("localhost", target.web_port, timeout=5)
        try:
            connection.request("POST", "/webhooks/stripe", body_of(forged), {"Stripe-Signature": "t=1,v1=00"})
            connection.getresponse().read()
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
    yield
