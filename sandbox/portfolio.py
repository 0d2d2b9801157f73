"""A made-up portfolio whose state is known: what the demo serves, runs over, and checks its results against."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

from sandbox.truth import Chain, Client, Domain, Endpoint, Portfolio, RegistryState, Speaks, Subscription

_SEED = 20
_FIRST = ("Amber", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbour")
_SECOND = ("Bakery", "Bicycles", "Books", "Cinema", "Garden", "Studio", "Tailor", "Travel")
_REGISTRARS = ("Sandbox Names Ltd", "Loopback Registrar GmbH", "Example Domains SARL")
_NAMESERVERS = (("ns1.dns.test", "ns2.dns.test"), ("a.ns.example", "b.ns.example"))
_STATUSES = (("ok",), ("clientTransferProhibited",), ("clientDeleteProhibited", "clientTransferProhibited"))

_DAYS_LEFT = (400, 0.5, 5, 300, 12, 200, 25, 150, 50, 120, 365, 90, -3, 700, 250)
"""Days until domains expire, in turn; most have many left."""

_LATE = {
    40: (("clientHold",), 300),
    90: (("autoRenewPeriod",), 355),
    140: (("pendingDelete", "redemptionPeriod"), -40),
    190: (("pendingDelete",), -75),
}
"""Domains late in their lives, by number: their statuses at the registry, and the days until they expire."""

_GONE, _NOTIFIED = 2, 6
"""The client whose mailbox is gone, and the one that wants to be told what ends; by number."""

_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York")
_EVERYWHERE = ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles")

_UNWANTED = 7
"""Every seventh domain is to lapse, if it ends soon."""

_CHAINS = (
    (Chain.VALID, 80), (Chain.VALID, 70), (Chain.EXPIRING, 5), (Chain.VALID, 85), (Chain.EXPIRED, -2),
    (Chain.VALID, 75), (Chain.WRONG_HOST, 80), (Chain.VALID, 65), (Chain.SELF_SIGNED, 300), (Chain.VALID, 88),
    (Chain.INCOMPLETE, 80), (Chain.VALID, 62), (Chain.EXPIRING, 12), (Chain.VALID, 90), (Chain.VALID, 78),
)  # fmt: skip
"""What endpoints serve, in turn, and for how many more days it is valid."""


def portfolio(now: datetime, *, clients: int = 64, domains: int = 224, endpoints: int = 130) -> Portfolio:
    """Make the portfolio as it is at ``now``; the same moment gives the same portfolio."""
    dice = random.Random(_SEED)  # noqa: S311 - a portfolio, not a secret
    names = list(islice(_client_names(), clients))
    return Portfolio(
        clients=tuple(_client(name, number, now) for number, name in enumerate(names)),
        domains=tuple(
            _domain(_slug(name, turn), name, number, now, dice)
            for number, (turn, name) in enumerate(islice(_turns(names), domains))
        ),
        endpoints=tuple(
            _endpoint(f"www.{_slug(name, turn)}.test", name, number, now)
            for number, (turn, name) in enumerate(islice(_turns(names), endpoints))
        ),
    )


def _client_names() -> Iterator[str]:
    yield from (f"{first} {second}" for first in _FIRST for second in _SECOND)
    for number in range(2, 1_000_000):
        yield from (f"{first} {second} {number}" for first in _FIRST for second in _SECOND)


def _turns(names: list[str]) -> Iterator[tuple[int, str]]:
    for number, name in enumerate(cycle(names)):
        yield number // len(names), name


def _slug(name: str, turn: int) -> str:
    return name.lower().replace(" ", "-") + (f"-{turn + 1}" if turn else "")


def _client(name: str, number: int, now: datetime) -> Client:
    german = number % 3 == 0
    return Client(
        name=name,
        email=f"billing@{_slug(name, 0)}.test",
        language="de" if german else "en",
        currency="GBP" if number % 7 == 0 else "EUR",
        zone=_where_it_is_day(now) if number == _NOTIFIED else _ZONES[number % 3],
        subscriptions=tuple(_subscriptions(number, now.date())),
        mailbox_gone=number == _GONE,
        wants_notices=number == _NOTIFIED,
    )


def _where_it_is_day(now: datetime) -> str:
    """Return a zone in which it is day, with an hour to spare, so that clients there are sent notices now."""
    return next(one for one in _EVERYWHERE if 8 <= now.astimezone(ZoneInfo(one)).hour < 17)  # noqa: PLR2004 - hours


def _subscriptions(number: int, today: date) -> Iterator[Subscription]:
    """Yield a client's subscriptions: due since two days, overdue by two months, or not due yet."""
    tax = (1900, 2000, 0)[number % 3]
    yield Subscription(
        description="Domain and certificate care",
        price_minor=2900 + 10 * number,
        months=12,
        tax_basis_points=tax,
        next_due=today - timedelta(days=2) if number % 4 else today + timedelta(days=20),
    )
    if number % 5 == 0:
        yield Subscription(
            description="Hosting",
            price_minor=1235,
            months=1,
            tax_basis_points=tax,
            next_due=today - timedelta(days=70),
        )


def _domain(slug: str, client: str, number: int, now: datetime, dice: random.Random) -> Domain:
    speaks = Speaks.WHOIS if number % 4 == 3 else Speaks.RDAP  # noqa: PLR2004 - every fourth
    name = f"{slug}.{'example' if speaks is Speaks.WHOIS else 'test'}"
    if number % 37 == 36:  # noqa: PLR2004 - every 37th
        return Domain(name=name, client=client, speaks=speaks, registration=RegistryState.AVAILABLE)
    statuses, days = _LATE.get(number, (dice.choice(_STATUSES), _DAYS_LEFT[number % len(_DAYS_LEFT)]))
    left = timedelta(days=days)
    return Domain(
        name=name,
        client=client,
        speaks=speaks,
        registration=RegistryState.REGISTERED,
        registrar=dice.choice(_REGISTRARS),
        created=_seconds(now - timedelta(days=dice.randint(400, 4000))),
        updated=_seconds(now - timedelta(days=dice.randint(5, 300))),
        expires=_seconds(now + left),
        nameservers=dice.choice(_NAMESERVERS),
        statuses=statuses,
        to_lapse=number not in _LATE and 0 < days <= 60 and number % _UNWANTED == 0,  # noqa: PLR2004 - two months
    )


def _endpoint(host: str, client: str, number: int, now: datetime) -> Endpoint:
    chain, days_left = _CHAINS[number % len(_CHAINS)]
    midnight = datetime.combine(now.date(), time(), UTC)
    not_after = midnight + timedelta(days=days_left, hours=12)
    not_before = min(not_after - timedelta(days=90), midnight - timedelta(days=1))
    return Endpoint(host=host, client=client, chain=chain, not_before=not_before, not_after=not_after)


def _seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
