"""The scan of one address: connect, ask for TLS where the protocol wants that, shake hands, observe."""

import asyncio
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address

from OpenSSL import SSL

from integrations.guard import Address
from integrations.tls import hsts, starttls
from integrations.tls.channel import Channel, ConnectionEnded, NoProtocolInCommon, TurnedAway
from integrations.tls.connection_slots import ConnectionSlot, ConnectionSlots
from integrations.tls.error_texts import CERTIFICATE_REQUIRED, reason
from integrations.tls.handshake import ALL, Conversation, Offer
from integrations.tls.starttls.farewells import LEAVE_S, Stream, take_leave
from rules.certificates.faults import FaultKind
from rules.certificates.observation import (
    OF_BROWSERS,
    PORTS,
    AddressObservation,
    Protocol,
    ScanFailure,
    ScanTarget,
)

HTTP, HTTP_2 = "http/1.1", "h2"


_MAIL = frozenset({Protocol.SMTP, Protocol.SUBMISSION})


@dataclass(frozen=True, slots=True)
class MailManners:
    """How mail servers are met: the name that we greet them with, and the seconds that their own greeting may take.

    Without a name it is our own address. Servers let strangers wait for the greeting, to find out who does not wait.
    """

    ehlo_name: str = ""
    greeting_s: float = 30.0


class AddressScan:
    """One address of a target. ``run`` returns what was observed when the deadline came, if not before."""

    def __init__(
        self,
        target: ScanTarget,
        address: Address,
        *,
        ask_hsts: bool = False,
        offer: Offer = ALL,
        alpn: tuple[str, ...] = (),
        mail: MailManners,
    ) -> None:
        self._target = target
        self._address = address
        self._ask_hsts = ask_hsts
        self._offer = offer
        self.alpn = alpn
        self._mail = mail
        self._channel: Channel | None = None
        self._conversation: Conversation | None = None
        self._observed: AddressObservation | None = None
        self.wants_other_alpn = False

    async def run(self, slot: ConnectionSlot, slots: ConnectionSlots, deadline_s: float) -> AddressObservation:
        """Return what the address shows, after at most ``deadline_s`` seconds and those that its greeting may take.

        Raises ``NoWay``, ``OurTrouble`` or ``TurnedAway``.
        """
        try:
            async with asyncio.timeout(deadline_s) as limit:
                return await self._scan(slot, slots, limit)
        except TimeoutError:
            return self._observed or self._failed(self._late())
        except ConnectionEnded as ended:
            self.wants_other_alpn = isinstance(ended, NoProtocolInCommon) and bool(self.alpn)
            self._observed = self._refused_without_certificate()
            return self._observed or self._failed(ended)
        finally:
            if self._channel:
                self._channel.close()

    async def _scan(self, slot: ConnectionSlot, slots: ConnectionSlots, limit: asyncio.Timeout) -> AddressObservation:
        self._channel = await Channel.to(self._address, slot, slots)
        self._channel.ehlo_name = self._mail.ehlo_name
        await self._ask_for_tls(self._channel, limit)
        self._channel.in_handshake = True
        name = "" if is_ip(self._target.name) else self._target.name
        self._conversation = Conversation(self._channel, server_name=name, alpn=self.alpn, offer=self._offer)
        await self._conversation.shake_hands()
        self._observed = _observed(self._address, self._conversation)
        if self._ask_hsts and _speaks_http(self._target, self._observed):
            self._observed = replace(self._observed, hsts=await self._hsts(self._conversation))
        if self._target.protocol is not Protocol.TLS:
            self._observed = _without_what_concerns_browsers(self._observed)
            wanted = await self._take_leave(self._conversation, under_tls=True)
            self._observed = replace(self._observed, asks_for_certificate=wanted)
        self._conversation.part()
        return self._observed

    async def _ask_for_tls(self, channel: Channel, limit: asyncio.Timeout) -> None:
        """Speak the server's protocol until it takes a handshake, which one of TLS itself does at once."""
        if self._target.protocol in _MAIL:
            _wait_for_greeting(channel, limit, self._mail.greeting_s)
        try:
            await starttls.ask(self._target.protocol, channel, self._target.name)
        except (ConnectionEnded, TurnedAway) as ended:
            if _still_listens(self._target.protocol, ended):
                await self._take_leave(channel, under_tls=False)
            raise

    async def _take_leave(self, stream: Stream, *, under_tls: bool) -> bool:
        """End the server's protocol; all that we wanted is observed, so it may fail.

        Returns whether it fails for want of a certificate of ours: over TLS 1.3 that is said after the handshake.
        """
        try:
            async with asyncio.timeout(LEAVE_S):
                await take_leave(self._target.protocol, stream, under_tls=under_tls)
        except SSL.Error as error:
            return CERTIFICATE_REQUIRED in reason(error)
        except (ConnectionEnded, TimeoutError):
            pass
        return False

    @property
    def other_kind(self) -> Offer | None:
        """What to offer to see a certificate of the other kind of key, None where none was observed."""
        return self._conversation.other_kind if self._conversation and self._observed else None

    async def _hsts(self, conversation: Conversation) -> str | None:
        """Return the header, or None: whatever happens now takes nothing from what was observed."""
        try:
            async with asyncio.timeout(hsts.TIME_S):
                return await hsts.ask(conversation, self._target.name, self._target.port)
        except (ConnectionEnded, TimeoutError, SSL.Error):
            return None

    def _late(self) -> ConnectionEnded:
        if self._channel is None:
            return ConnectionEnded(FaultKind.UNREACHABLE, "no answer")
        return self._channel.ended("too slow" if self._channel.received else "silent")

    def _refused_without_certificate(self) -> AddressObservation | None:
        """Return what was seen of a server that wants a certificate of ours, and ended the handshake for want of it."""
        if self._conversation and self._conversation.asks_for_certificate and self._conversation.chain:
            return replace(_observed(self._address, self._conversation), asks_for_certificate=True)
        return None

    def _failed(self, ended: ConnectionEnded) -> AddressObservation:
        """Return an observation of a failure; a handshake that failed late has a certificate all the same."""
        chain = self._conversation.chain if self._conversation else ()
        failure = ScanFailure(ended.kind, ended.reason, ended.detail)
        return AddressObservation(address=self._address.ip, chain=chain, failure=failure)


def _without_what_concerns_browsers(observed: AddressObservation) -> AddressObservation:
    # Many servers of mail and databases ask everybody, and go on without; browsers bother their users.
    outdated = tuple(one for one in observed.outdated if one not in OF_BROWSERS)
    return replace(observed, asks_for_certificate=False, outdated=outdated)


def _still_listens(protocol: Protocol, ended: ConnectionEnded | TurnedAway) -> bool:
    """Say whether a server that ended a scan before TLS goes on in its own protocol; MySQL's refusals close it."""
    if isinstance(ended, TurnedAway) or ended.kind is FaultKind.NOT_NOW:
        return protocol is not Protocol.MYSQL
    return ended.kind is FaultKind.NO_STARTTLS


def _wait_for_greeting(channel: Channel, limit: asyncio.Timeout, greeting_s: float) -> None:
    """Stop the deadline's clock until the first word comes, for so many seconds at the most (RFC 5321, 4.5.3.2.1)."""
    loop, until = asyncio.get_running_loop(), limit.when()
    began = loop.time()
    if until is None:
        return
    limit.reschedule(max(until, began + greeting_s))
    channel.on_first_word = lambda: limit.reschedule(until + loop.time() - began)


@lru_cache(maxsize=512)
def is_ip(name: str) -> bool:
    """Tell whether a name is an address: those are not sent as a server name (RFC 6066, 3), nor asked for HSTS."""
    if ":" not in name and not name[-1:].isdigit():  # no address ends in a letter; most names do, and parsing costs
        return False
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def offers(target: ScanTarget) -> tuple[tuple[str, ...], ...]:
    """Return what to offer by ALPN, one after the other as long as the server refuses it.

    HTTP/1.1 goes first and alone: where HTTP/2 is offered beside it most servers take that, in which we cannot ask for
    HSTS.
    """
    if target.alpn:
        return target.alpn, ()
    is_web = target.protocol is Protocol.TLS and target.port == PORTS[Protocol.TLS]
    return ((HTTP,), (HTTP_2, HTTP), ()) if is_web else ((),)


def _speaks_http(target: ScanTarget, observed: AddressObservation) -> bool:
    if target.protocol is not Protocol.TLS or is_ip(target.name):
        return False
    return observed.alpn == HTTP or (not observed.alpn and target.port == PORTS[Protocol.TLS])


def _observed(address: Address, conversation: Conversation) -> AddressObservation:
    return AddressObservation(
        address=address.ip,
        chain=conversation.chain,
        tls_version=conversation.version,
        cipher=conversation.cipher,
        alpn=conversation.alpn,
        staple=conversation.staple,
        asks_for_certificate=conversation.asks_for_certificate,
        outdated=conversation.outdated,
    )
