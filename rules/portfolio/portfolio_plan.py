"""What an import would do: which entries are new, which differ from what is stored, and which contradict it.

    entries + what is stored -> Planner -> Plan: what is new, edits (before and after), complaints

A difference is never dropped in silence: it is an edit where edits were asked for, else a complaint, which a person
settles.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

from rules.portfolio import Complaint, PortfolioEntry
from rules.translatable import Translatable

_OF_CLIENTS = ("email", "language", "currency", "zone")
_OF_DOMAINS = ("decision", "expires", "alert_days")

EndpointKey = tuple[str, int, str, str]
"""Host, port, protocol, server name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedName:
    """A client, a domain or an endpoint that is stored: its id, its client, and its columns as a line has them."""

    id: int
    client: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """What is stored under the names that entries mention."""

    clients: Mapping[str, OwnedName] = field(default_factory=dict[str, OwnedName])
    domains: Mapping[str, OwnedName] = field(default_factory=dict[str, OwnedName])
    endpoints: Mapping[EndpointKey, OwnedName] = field(default_factory=dict[EndpointKey, OwnedName])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A cell that differs from what is stored. ``kind`` is client or domain."""

    line: int
    kind: str
    id: int
    name: str
    column: str
    before: object
    after: object

    def __str__(self) -> str:
        before, after = self.written
        return f"line {self.line}, {self.column} of {self.name}: {before} -> {after}"

    @property
    def written(self) -> tuple[str, str]:
        """Before and after as a cell would hold them; "nothing" where it is empty."""
        return _value_in_words(self.before), _value_in_words(self.after)

    @property
    def refusal(self) -> str:
        """Why the cell is not taken where no edits are asked for."""
        before, after = self.written
        return Translatable(
            "is {after}, and {name} has {before}; import with --update to change it",
            after=after,
            name=self.name,
            before=before,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an import would do: the entries that add a client, a domain, an endpoint; edits; and complaints."""

    clients: tuple[PortfolioEntry, ...] = ()
    domains: tuple[PortfolioEntry, ...] = ()
    endpoints: tuple[PortfolioEntry, ...] = ()
    edits: tuple[Edit, ...] = ()
    complaints: tuple[Complaint, ...] = ()


def endpoint_key(entry: PortfolioEntry) -> EndpointKey:
    """Return the key that tells an entry's endpoint from others."""
    return entry.host or "", entry.port, entry.protocol, entry.server_name


class Planner:
    """A planner of one file, which is given in chunks, because stored rows are read for one chunk at a time.

    It remembers what earlier lines of the file said. With ``edits``, a differing cell is an edit; without, it is a
    complaint, and its whole line is left out.
    """

    def __init__(self, *, edits: bool) -> None:
        self._takes_edits = edits
        self._clients: dict[str, PortfolioEntry] = {}
        self._domains: dict[str, PortfolioEntry] = {}
        self._endpoints: dict[EndpointKey, PortfolioEntry] = {}
        self._said: dict[tuple[str, str, str], tuple[int, object]] = {}
        self._edits: list[Edit] = []
        self._complaints: list[Complaint] = []

    def add(self, entries: Iterable[PortfolioEntry], existing: Existing) -> None:
        """Plan what ``entries`` ask for; ``existing`` is what is stored under the names that they mention."""
        for entry in entries:
            edits = [*_edits(entry, existing)]
            complaints = [*self._of_owners(entry, existing), *self._of_the_file(entry)]
            if not self._takes_edits:
                complaints += [Complaint(one.line, one.column, one.refusal) for one in edits]
            if complaints:
                self._complaints += complaints
                continue
            self._edits += edits
            self._add(entry, existing)

    def plan(self) -> Plan:
        """Return the plan of all entries that were added."""
        return Plan(
            clients=tuple(self._clients.values()),
            domains=tuple(self._domains.values()),
            endpoints=tuple(self._endpoints.values()),
            edits=tuple(self._edits),
            complaints=tuple(self._complaints),
        )

    def _add(self, entry: PortfolioEntry, existing: Existing) -> None:
        if entry.client not in existing.clients:
            before = self._clients.get(entry.client)
            self._clients[entry.client] = _joined(before, entry, _OF_CLIENTS) if before else entry
        if entry.domain and entry.domain not in existing.domains:
            before = self._domains.get(entry.domain)
            self._domains[entry.domain] = _joined(before, entry, _OF_DOMAINS) if before else entry
        if entry.host and endpoint_key(entry) not in existing.endpoints:
            self._endpoints.setdefault(endpoint_key(entry), entry)

    def _of_the_file(self, entry: PortfolioEntry) -> Iterator[Complaint]:
        """Yield complaints where a line differs from an earlier line about the same client or domain."""
        subjects = (("client", entry.client, _OF_CLIENTS), ("domain", entry.domain, _OF_DOMAINS))
        for kind, name, columns in subjects:
            for column in columns:
                if name is None or column not in entry.given:
                    continue
                value: object = getattr(entry, column)
                line, before = self._said.setdefault((kind, name, column), (entry.line, value))
                if before != value:
                    words = Translatable(
                        "is {here} here and {before} in line {line}, for the same {kind}",
                        here=_value_in_words(value),
                        before=_value_in_words(before),
                        line=str(line),
                        kind=Translatable(kind),
                    )
                    yield Complaint(entry.line, column, words)

    def _of_owners(self, entry: PortfolioEntry, existing: Existing) -> Iterator[Complaint]:
        key = endpoint_key(entry)
        owned = (
            ("domain", entry.domain, existing.domains.get(entry.domain or ""), self._domains.get(entry.domain or "")),
            ("host", entry.host, existing.endpoints.get(key), self._endpoints.get(key)),
        )
        for column, name, there, before in owned:
            if not name:
                continue
            if there is not None and there.client != entry.client:
                words = Translatable(
                    "{name} belongs to the client {client}; move it there, or remove this line",
                    name=name,
                    client=repr(there.client),
                )
                yield Complaint(entry.line, column, words)
            elif before is not None and before.client != entry.client:
                words = Translatable(
                    "{name} belongs to the client {client} in line {line}",
                    name=name,
                    client=repr(before.client),
                    line=str(before.line),
                )
                yield Complaint(entry.line, column, words)


def _joined(before: PortfolioEntry, entry: PortfolioEntry, columns: Iterable[str]) -> PortfolioEntry:
    """Return an entry, completed with the columns that only a later line of the file fills in."""
    more: dict[str, Any] = {name: getattr(entry, name) for name in columns if name in entry.given - before.given}
    return replace(before, **more, given=before.given | more.keys())


def _edits(entry: PortfolioEntry, existing: Existing) -> Iterator[Edit]:
    yield from _differing(entry, "client", entry.client, existing.clients.get(entry.client), _OF_CLIENTS)
    if entry.domain:
        yield from _differing(entry, "domain", entry.domain, existing.domains.get(entry.domain), _OF_DOMAINS)


def _differing(
    entry: PortfolioEntry, kind: str, name: str, there: OwnedName | None, columns: Iterable[str]
) -> Iterator[Edit]:
    if there is None:
        return
    for column in columns:
        before, after = there.values.get(column), getattr(entry, column)
        if column in entry.given and before != after:
            yield Edit(line=entry.line, kind=kind, id=there.id, name=name, column=column, before=before, after=after)


def _value_in_words(value: object) -> str:
    match value:
        case None | "":
            return Translatable("nothing")
        case tuple():
            return ",".join(map(str, cast("Sequence[object]", value)))
        case date():
            return value.isoformat()
        case _:
            return str(value)
