"""What the DNS says of certificates, CAA and TLSA: asked about each endpoint once a day, several at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from time import monotonic

import settings
from db.portfolio import scans
from db.portfolio.endpoints import Endpoint
from integrations.deadline import Deadline
from integrations.errors import IntegrationError
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.observation import ScanTarget
from tasks.outside.calls import measured

_AT_ONCE = 16
_ROUND_S = 8.0
"""Seconds that all questions about one group may take together."""

_BUDGET_S = 16.0
"""Seconds that all groups of a batch may take together; after that only what is kept is used."""

_AGAIN = timedelta(days=1)


class DnsPolicies:
    """What the DNS says of endpoints, as far as one batch of scans may wait for it."""

    def __init__(self, *, budget_s: float = _BUDGET_S) -> None:
        self._left_s = budget_s
        self._answered: set[int] = set()

    def of(self, endpoints: Sequence[Endpoint]) -> dict[int, DnsPolicy]:
        """Return what the DNS says of the endpoints, by id: as it was kept, or asked anew where that is a day old."""
        known = {one.id: one.dns_policy for one in endpoints}
        now, began = datetime.now(UTC), monotonic()
        old = [one for one in endpoints if one.dns_policy_at is None or one.dns_policy_at <= now - _AGAIN]
        if old and self._left_s > 0:
            said = ask([one.target for one in old], deadline_s=min(_ROUND_S, self._left_s))
            self._left_s -= monotonic() - began
            self._answered |= {one.id for one, new in zip(old, said, strict=True) if _is_whole(new)}
            known |= {one.id: _joined(one.dns_policy, new) for one, new in zip(old, said, strict=True)}
        return known

    def keep(self, endpoint: Endpoint, said: DnsPolicy, *, at: datetime) -> None:
        """Keep what was asked anew, in the caller's transaction; where nobody answered, the next scan asks again."""
        if endpoint.id in self._answered:
            scans.keep_dns_policy(endpoint.id, said, at=at)


def ask(targets: Sequence[ScanTarget], *, deadline_s: float = _ROUND_S) -> list[DnsPolicy]:
    """Return what the DNS says of the targets, in their order; nothing of those that are not answered in time."""
    deadline = Deadline.after(deadline_s)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="policies") as pool:
        return list(pool.map(partial(_policy_of, deadline=deadline), targets))


def _is_whole(said: DnsPolicy) -> bool:
    return said.caa is not None and said.tlsa is not None


def _joined(kept: DnsPolicy, new: DnsPolicy) -> DnsPolicy:
    """Return the new policy; a part that was not answered is taken from the kept one."""
    caa = kept.caa if new.caa is None else new.caa
    return replace(kept, caa=caa) if new.tlsa is None else replace(new, caa=caa)


def _policy_of(target: ScanTarget, *, deadline: Deadline) -> DnsPolicy:
    if _is_ip(target.name):
        return DnsPolicy()
    from integrations import dns_policy  # noqa: PLC0415 - not every process asks name servers

    try:
        with measured("dns"):
            said = dns_policy.fetch(
                target.name, target.port, resolvers=settings.current().dns_resolvers, deadline=deadline
            )
    except IntegrationError:
        return DnsPolicy()
    return DnsPolicy(caa=said.caa, tlsa=said.tlsa, tlsa_secure=said.tlsa_secure)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
