"""The sandbox's WHOIS: a root that knows the registry, the registry, and a registrar.

root ──refer:──> registry ──Registrar WHOIS Server:──> registrar, for the names of a thin registry
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from socketserver import StreamRequestHandler
from typing import Self, cast

from sandbox.behaviour import HUGE, METADATA, Behaviour, Conduct, bomb, send
from sandbox.loopback import Loopback
from sandbox.truth import Domain, RegistryState, Speaks

LONGEST_QUERY = 512
THROTTLED = "% Query rate limit exceeded. Please try again later.\r\n"
GARBAGE = bytes(range(256)) * 4


class WhoisServer:
    """Three servers on loopback; ``address`` is the root's, ``requests`` counts what the registry was asked.

    ``texts`` are ready answers by domain, ``thin`` the names for which the registry knows only the registrar. The
    conduct is the registry's; the root and the registrar are well behaved.
    """

    def __init__(
        self,
        domains: Sequence[Domain] = (),
        conduct: Conduct | None = None,
        *,
        texts: Mapping[str, str] | None = None,
        thin: Collection[str] = (),
    ) -> None:
        self._domains = {each.name: each for each in domains if each.speaks is Speaks.WHOIS}
        self._texts = texts or {}
        self._thin = thin
        self._root = _Desk(self._referral, Conduct())
        self._registry = _Desk(self._registry_text, conduct or Conduct())
        self._registrar = _Desk(self._registrar_text, Conduct())
        self._running = ExitStack()

    @property
    def address(self) -> str:
        return self._root.address

    @property
    def registry_address(self) -> str:
        return self._registry.address

    @property
    def registrar_address(self) -> str:
        return self._registrar.address

    @property
    def requests(self) -> Counter[str]:
        return self._registry.requests

    @property
    def registrar_requests(self) -> Counter[str]:
        return self._registrar.requests

    def __enter__(self) -> Self:
        for desk in (self._root, self._registry, self._registrar):
            self._running.enter_context(desk)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _referral(self, tld: str) -> str:
        return (
            f"% IANA WHOIS server\r\n\r\nrefer:        {self.registry_address}\r\n\r\ndomain:       {tld.upper()}\r\n"
        )

    def _registry_text(self, name: str) -> str:
        if name in self._texts:
            return self._texts[name]
        domain = self._domains.get(name)
        if domain is None or domain.registration is RegistryState.AVAILABLE:
            return f'No match for domain "{name.upper()}".\r\n>>> The end <<<\r\n'
        if name in self._thin:
            return f"Registrar: {domain.registrar}\r\nRegistrar WHOIS Server: {self.registrar_address}\r\n"
        return _record(domain)

    def _registrar_text(self, name: str) -> str:
        domain = self._domains.get(name)
        return _record(domain) if domain else "Not found.\r\n"


class _Desk(Loopback):
    def __init__(self, answer: Callable[[str], str], conduct: Conduct) -> None:
        super().__init__(_Handler, conduct)
        self.answer = answer


class _Handler(StreamRequestHandler):
    def handle(self) -> None:
        desk = cast("_Desk", self.server)
        name = self.rfile.readline(LONGEST_QUERY).decode("ascii", "replace").strip().lower()
        behaviour = desk.received(name)
        if behaviour in {Behaviour.SILENT, Behaviour.HANG_UP}:
            return
        odd = ODD_ANSWERS.get(behaviour)
        answer = odd(desk.address) if odd else desk.answer(name).encode()
        send(self.connection, answer, behaviour, stopping=desk.stopping, delay_s=desk.conduct.delay_s)


def _record(domain: Domain) -> str:
    dates = {"Updated Date": domain.updated, "Creation Date": domain.created, "Registry Expiry Date": domain.expires}
    lines = [
        f"Domain Name: {domain.name.upper()}",
        *(f"{label}: {at:%Y-%m-%dT%H:%M:%SZ}" for label, at in dates.items() if at),
        f"Registrar: {domain.registrar}",
        *(f"Domain Status: {each} https://icann.org/epp#{each}" for each in domain.statuses),
        *(f"Name Server: {each.upper()}" for each in domain.nameservers),
    ]
    return "\r\n".join(["", *lines, ">>> Last update of the sandbox: now <<<", ""])


def _thin(registrars_server: str) -> bytes:
    return f"Registrar: Elsewhere Ltd\r\nRegistrar WHOIS Server: {registrars_server}\r\n".encode()


ODD_ANSWERS: dict[Behaviour, Callable[[str], bytes]] = {
    Behaviour.THROTTLE: lambda _: THROTTLED.encode(),
    Behaviour.GARBAGE: lambda _: GARBAGE,
    Behaviour.HUGE: lambda _: b"x" * HUGE,
    Behaviour.BOMB: lambda _: bomb(),
    Behaviour.CIRCLE: _thin,
    Behaviour.PRIVATE: lambda _: _thin(METADATA),
    Behaviour.LOCAL_FILE: lambda _: _thin("file:///etc/passwd"),
}
"""By behaviour, what makes the false answer of the server at an address."""
