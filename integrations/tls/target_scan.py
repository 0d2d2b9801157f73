"""The scan of a target: its name resolved once and checked by the guard, and then each of its addresses at once."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from integrations import guard as guards
from integrations.deadline import Deadline
from integrations.errors import IntegrationError
from integrations.guard import Address, Guard
from integrations.tls.address_scan import AddressScan, MailManners, is_ip, offers
from integrations.tls.channel import NothingSeen, OurTrouble, TurnedAway
from integrations.tls.connection_slots import ConnectionSlot, ConnectionSlots
from integrations.tls.handshake import BROWSERS, OF_TODAY
from rules import names
from rules.certificates.faults import FaultKind
from rules.certificates.history import PASSING
from rules.certificates.observation import (
    OF_BROWSERS,
    AddressObservation,
    Outdated,
    Protocol,
    ScanFailure,
    ScanObservation,
    ScanTarget,
)

MOST_ADDRESSES = 16
"""Addresses of a target that are called; the others are named in ``ScanObservation.left_out``."""

_CHOSEN = frozenset({Outdated.SHA1_SIGNATURE, Outdated.FINITE_FIELD, *OF_BROWSERS})
"""What a server may have chosen of several: another connection tells whether it has nothing else."""

_ONE_KIND = frozenset({Protocol.POSTGRES, Protocol.MYSQL})
"""Protocols whose servers are set up with one certificate: a second connection would find nothing."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class TargetScan:
    """How targets are scanned: the guard, seconds for each address, and who resolves names."""

    guard: Guard
    deadline_s: float
    slots: ConnectionSlots
    lookups: ThreadPoolExecutor
    hsts: bool
    mail: MailManners

    async def run(self, target: ScanTarget, slot: ConnectionSlot) -> ScanObservation:
        """Return what came of one target; no failure of it is raised, so that none spoils the others."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            found = await self._run(target, slot)
        except guards.NoSuchName:
            failure = ScanFailure(FaultKind.UNREACHABLE, "there is no such name, or it has no address")
            found = ScanObservation(target=target, failure=failure)
        except (IntegrationError, names.NotAHost) as error:
            found = ScanObservation(target=target, trouble=str(error))
        except Exception as error:
            log.exception("a scan ended in a bug", extra={"host": target.host, "port": target.port})
            found = ScanObservation(target=target, trouble=f"a bug of ours: {type(error).__name__}")
        finally:
            self.slots.back(slot)
        return replace(found, seconds=loop.time() - began)

    async def _run(self, target: ScanTarget, slot: ConnectionSlot) -> ScanObservation:
        for name in {target.host, target.name}:
            if not is_ip(name):
                names.host(name)
        addresses = await self._addresses(target)
        called = addresses[:MOST_ADDRESSES]
        if len(called) == 1:
            return _together(target, addresses, await self._at(target, called[0], slot, hsts=self.hsts))
        first = self._at(target, called[0], slot, hsts=self.hsts)
        came = await asyncio.gather(first, *(self._at(target, each, None, hsts=False) for each in called[1:]))
        return _together(target, addresses, [one for some in came for one in some])

    async def _at(
        self, target: ScanTarget, address: Address, slot: ConnectionSlot | None, *, hsts: bool
    ) -> list[AddressObservation | NothingSeen]:
        """Return what one address shows, in one connection or a few, each within the deadline."""
        slot = slot or await self.slots.take()
        try:
            scan, observed = await self._met(target, address, slot, hsts=hsts)
            again = partial(AddressScan, target, address, alpn=scan.alpn, mail=self.mail)
            if chosen := _CHOSEN & set(observed.outdated):
                offer = BROWSERS if chosen <= OF_BROWSERS else OF_TODAY
                observed = await self._if_alone(observed, again(offer=offer), slot)
            if not target.all_kinds or target.protocol in _ONE_KIND or scan.other_kind is None:
                return [observed]
            return await self._with_other_kind(observed, again(offer=scan.other_kind), slot)
        except NothingSeen as error:
            return [error]
        finally:
            self.slots.back(slot)

    async def _met(
        self, target: ScanTarget, address: Address, slot: ConnectionSlot, *, hsts: bool
    ) -> tuple[AddressScan, AddressObservation]:
        """Return the scan that the server took part in, after those whose ALPN it refused, and what was observed.

        Where it takes part in none the first one says why.
        """
        scan, *others = (
            AddressScan(target, address, ask_hsts=hsts, alpn=alpn, mail=self.mail) for alpn in offers(target)
        )
        observed = await scan.run(slot, self.slots, self.deadline_s)
        for other in others if scan.wants_other_alpn else ():
            found = await other.run(slot, self.slots, self.deadline_s)
            if found.failure is None:
                return other, found
        return scan, observed

    async def _if_alone(
        self, observed: AddressObservation, scan: AddressScan, slot: ConnectionSlot
    ) -> AddressObservation:
        """Return what was observed, less what is outdated where the server has something else for clients of today."""
        try:
            other = await scan.run(slot, self.slots, self.deadline_s)
        except NothingSeen:
            return observed
        if other.failure:
            return observed
        return replace(observed, outdated=tuple(one for one in observed.outdated if one not in _CHOSEN))

    async def _with_other_kind(
        self, observed: AddressObservation, scan: AddressScan, slot: ConnectionSlot
    ) -> list[AddressObservation | NothingSeen]:
        """Return what an address shows by default, and its certificate of the other kind of key where it has one."""
        try:
            other = await scan.run(slot, self.slots, self.deadline_s)
        except NothingSeen:
            return [observed]
        if other.failure and other.failure.kind in PASSING:
            return [observed]
        is_another = other.failure is None and other.chain[:1] != observed.chain[:1]
        return [replace(observed, kinds_known=True), *([replace(other, other_kind=True)] if is_another else [])]

    async def _addresses(self, target: ScanTarget) -> list[Address]:
        """Return where the guard lets us go; found in a thread, unless the host is an address itself."""
        if is_ip(target.host):
            known = replace(self.guard, hosts={target.host: target.host})
            return known.resolve(target.host, target.port)
        return await asyncio.get_running_loop().run_in_executor(self.lookups, self._resolve, target)

    def _resolve(self, target: ScanTarget) -> list[Address]:
        return self.guard.resolve(target.host, target.port, deadline=Deadline.after(self.deadline_s))


def _together(
    target: ScanTarget, addresses: list[Address], came: list[AddressObservation | NothingSeen]
) -> ScanObservation:
    """Return one observation of what came from each address that was called, and name those that were not.

    An address to which this machine has no way, or that turns us away, says nothing of the endpoint. A trouble that is
    ours does not either, and it will pass: part of a scan would only be taken for the whole.
    """
    for one in came:
        if isinstance(one, OurTrouble):
            return ScanObservation(target=target, trouble=f"no connection can be made from here: {one}")
    observed = tuple(one for one in came if isinstance(one, AddressObservation))
    if not observed:
        return ScanObservation(target=target, trouble=_why(addresses[0].ip, came))
    called = {one.address for one in observed}
    return ScanObservation(
        target=target, addresses=observed, left_out=tuple(each.ip for each in addresses if each.ip not in called)
    )


def _why(first: str, came: Sequence[object]) -> str:
    """Return why nothing was seen at any address."""
    away = next((one for one in came if isinstance(one, TurnedAway)), None)
    return f"we could not look: {away}" if away else f"there is no way from here to {first}: {came[0]}"
