"""What the lines of an answer claim for each field, and which claim is believed.

The surer claim wins, and among equals the first: registries write the domain before its contacts, and a registrar's
own answer comes after the registry's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rules.domains.registry_facts import RegistryFacts
from rules.whois import dates, days, prose, registrants, registrars, statuses
from rules.whois.dates import Stated
from rules.whois.days import DOUBTFUL, Day
from rules.whois.hosts import host, hosts, leads, listed, of_a_zone, repeated
from rules.whois.labels import DATES, LabelKind
from rules.whois.lines import WhoisLine
from rules.whois.registrants import RegistrantClaims
from rules.whois.sections import Section
from rules.whois.single_fields import SingleFields

MOST_HOSTS = 64
MOST_STATUSES = 64
_LONGEST_STATUS = 120
_BELOW, _BY_HANDLE = 2, 8  # ranks of a registrar below its heading, and of one that may be a handle
_OF_NO_DOMAIN = frozenset({LabelKind.HOST, LabelKind.SERVER})
_OF_REGISTRAR = frozenset({LabelKind.REGISTRAR, LabelKind.REGISTRAR_ID})
_BARE_OF_PARTIES = frozenset({LabelKind.REGISTRAR, LabelKind.CONTACT})
_GOES_ON = frozenset({LabelKind.ABUSE, LabelKind.DNSSEC, LabelKind.STATUS})
_MAY_LIST_HOSTS = frozenset({LabelKind.NAMESERVER, LabelKind.DOMAIN, LabelKind.OTHER})
_OTHERS = frozenset({LabelKind.CONTACT, LabelKind.REGISTRAR, LabelKind.NAMESERVER})


@dataclass(slots=True)
class SettledFields:
    """What is believed of each field; ``witnesses`` are the fields, each with the number of a line that states it."""

    created: Stated | None = None
    updated: Stated | None = None
    expires: Stated | None = None
    registrar: str | None = None
    registrar_id: str | None = None
    abuse: str | None = None
    dnssec: bool | None = None
    registrant: str | None = None
    nameservers: tuple[str, ...] = ()
    statuses: list[str] = field(default_factory=list[str])
    witnesses: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])


class Claims:
    """The claims of the lines taken so far."""

    def __init__(self, domain: str, known: RegistryFacts):
        """Begin without any claim about ``domain``."""
        self.named = ""  # the domain that the answer names
        self.domain = domain.lower()
        self.tld = self.domain.rpartition(".")[2]
        self._known = known
        self._section = Section()
        self._last = LabelKind.OTHER
        self._block = 0
        self._named_in = 0  # the block that names the domain
        self._foreign = False  # in the record of another domain
        self._forget()

    def _forget(self) -> None:
        self._days: list[Day] = []
        self._registrar: tuple[int, str, int] | None = None
        self._registrants = RegistrantClaims()
        self._single_fields = SingleFields()
        self._hosts: dict[str, int] = {}
        self._spare_hosts: dict[str, int] = {}  # of host records; they count where the answer names no others
        self._statuses: list[tuple[str, int]] = []
        self.status_lines: list[tuple[str, int]] = []

    def take(self, line: WhoisLine) -> None:
        """Take in the next line."""
        self._section.move(line)
        self._block += line.first
        label = line.label
        if label is None:
            if not self._foreign:
                self._take_bare(line)
            return
        kind = self._last = label.kind
        if label.ordinal and not self._foreign and (self._section.kind in _MAY_LIST_HOSTS and leads(line.value)):
            self._claim_hosts(hosts(line.value), line.number)
        take = _TAKES.get(kind)
        if take is not None and line.value and (not self._foreign or kind is LabelKind.DOMAIN):
            take(self, line)

    def are_of_another(self) -> bool:
        """Return whether the answer is about another domain, or about the zone that the asked one is in."""
        return host(self.named) is not None and self.named != self.domain

    def dates_its_name(self) -> bool:
        """Return whether a day stands in the block that names the domain."""
        return bool(self.named) and any(day.block == self._named_in for day in self._days)

    def names_its_registrar(self) -> bool:
        """Return whether a registrar stands behind its label, and not only below what may be a heading."""
        return self._registrar is not None and self._registrar[0] < _BELOW

    def settled(self, rows: list[str]) -> SettledFields:
        """Return what is believed; ``rows``, all lines of the answer, may say in which order its days are written."""
        found = SettledFields()
        self._take_statements(rows)
        order = days.order_of(self._known, self._days, rows, tld=self.tld)
        for kind, stated, number in days.believed(self._days, order, publishes_expiry=self._known.publishes_expiry):
            name = kind.value
            setattr(found, name, stated)
            found.witnesses.append((name, number))
        self._hosts = self._hosts or self._spare_hosts
        if not self._hosts and not self._days and not self._registrar and not self.status_lines:
            self._hosts = listed(rows)
        self._settle_texts(found)
        return found

    def _take_statements(self, rows: list[str]) -> None:
        """Take what sentences state where no line with a label does."""
        if self._days and self._hosts:
            return
        sentences = prose.about(rows, self.domain)
        if not self._days:
            for kind, written, number in prose.days(sentences):
                self._days.append(Day(0, kind, written, number, self._block))
        if not self._hosts:
            self._hosts = (
                prose.nameservers(sentences, self.domain) or of_a_zone(rows, self.domain) or repeated(rows, self.domain)
            )

    def _settle_texts(self, found: SettledFields) -> None:
        if self._registrar:
            found.registrar = self._registrar[1]
            found.witnesses.append(("registrar", self._registrar[2]))
        if registrant := self._registrants.settled():
            found.registrant = registrant[0]
            found.witnesses.append(("registrant", registrant[1]))
        for name, (value, number) in self._single_fields.found.items():
            setattr(found, name, value)
            found.witnesses.append((name, number))
        found.nameservers = tuple(sorted(self._hosts))
        found.witnesses += [("nameservers", number) for number in self._hosts.values()]
        found.statuses = [value for value, _ in self._statuses]
        found.witnesses += [("statuses", number) for _, number in self._statuses]

    def take_name(self, line: WhoisLine) -> None:
        words = line.value.split(None, 1)
        name = words[0].lower().rstrip(".") if words else ""
        if self.named and line.first and name != self.named and host(name):
            if name == self.domain:
                self._forget()
            self._foreign = self.named == self.domain
        elif name == self.domain:
            self._foreign = False
        if not self._foreign and (not self.named or name == self.domain):
            self.named, self._named_in = name, self._block

    def take_day(self, line: WhoisLine) -> None:
        span = dates.span(line.value)
        if span and self._last is not LabelKind.UPDATED:
            begins, ends = span
            self._claim_day(LabelKind.EXPIRES, ends, line)
            if self._last is LabelKind.CREATED:
                self._claim_day(LabelKind.CREATED, begins, line)
        else:
            self._claim_day(self._last, dates.written(line.value), line)

    def _claim_day(self, kind: LabelKind, written: dates.Written | None, line: WhoisLine) -> None:
        if written is None or line.label is None or self._section.kind in _OF_NO_DOMAIN:
            return
        if self._known.counts_from_the_buddha:
            written = written.of_thailand()
        rank = min(line.label.unsure, 3)
        if self._section.kind in _OTHERS:
            rank += 1 if line.label.of_domain else 3 if self._section.is_doubtful else DOUBTFUL
        self._days.append(Day(rank, kind, written, line.number, self._block))

    def take_registrar(self, line: WhoisLine) -> None:
        if line.label is not None and self._section.kind is not LabelKind.HOST:
            rank = (0 if line.label.full else 1) + min(line.label.unsure, 2)
            self._claim_registrar(rank + 3 * (self._section.kind is LabelKind.CONTACT), line.value, line.number)

    def take_registrar_id(self, line: WhoisLine) -> None:
        self._claim_registrar(_BY_HANDLE, line.value, line.number)

    def take_single_field(self, line: WhoisLine) -> None:
        self._take_single_field(line.label.kind if line.label else LabelKind.OTHER, line.value, line.number)

    def _take_single_field(self, kind: LabelKind, value: str, number: int) -> None:
        if kind is LabelKind.DNSSEC:
            self._single_fields.take_signed(value, number)
        elif kind is LabelKind.ABUSE:
            self._single_fields.take_abuse(value, number)
        else:
            self._single_fields.take_iana_id(value, number)

    def take_contact(self, line: WhoisLine) -> None:
        if line.label and line.label.of_registrant:
            self._registrants.claim(registrants.AT_ONCE, line.value, line.number)
        elif line.text[:6].lower() == "keyset":  # some registries keep keys as they keep contacts
            self._single_fields.take_signed("signed", line.number)
        else:
            self._registrants.note(LabelKind.CONTACT, line.value, line.number, self._block)

    def take_registrant(self, line: WhoisLine) -> None:
        organised = line.label is not None and line.label.kind is LabelKind.REGISTRANT_ORGANISATION
        self._registrants.claim(registrants.ORGANISATION if organised else registrants.NAME, line.value, line.number)

    def _claim_registrar(self, rank: int, value: str, number: int) -> None:
        name = registrars.name(value)
        if name and (self._registrar is None or self._is_surer(rank, name, self._registrar)):
            self._registrar = (rank, name, number)

    @staticmethod
    def _is_surer(rank: int, name: str, than: tuple[int, str, int]) -> bool:
        """Return whether a name goes before another: by rank, and at the same rank as the one in Latin letters."""
        return rank < than[0] or (rank == than[0] and name.isascii() and not any(map(str.islower, than[1].lower())))

    def take_hosts(self, line: WhoisLine) -> None:
        if self._section.kind is LabelKind.HOST or line.label is None:
            return
        names = hosts(line.value)
        if not line.label.unsure or names != (self.named,):  # "DNS: example.dk" is how one registry writes the name
            self._claim_hosts(names, line.number)

    def _claim_hosts(self, names: tuple[str, ...], number: int) -> None:
        for name in names:
            if len(self._hosts) < MOST_HOSTS:
                self._hosts.setdefault(name, number)

    def take_status(self, line: WhoisLine) -> None:
        section = self._section
        if line.label is None or line.label.unsure or (section.kind in _OTHERS and not section.is_doubtful):
            return
        if line.text.startswith("flags:"):  # of a key
            self._single_fields.take_signed(line.value, line.number)
            return
        self.status_lines.append((line.value, line.number))
        if len(self._statuses) < MOST_STATUSES:
            self._statuses.append((line.value, line.number))
        if statuses.names_a_day(line.value):
            written = dates.written(line.value)
            if written:
                self._days.append(Day(DOUBTFUL - 1, LabelKind.EXPIRES, written, line.number, self._block))

    def take_plain(self, line: WhoisLine) -> None:
        """Take a line that means something only in its section: the name of a registrar or of a name server."""
        kind = line.label.kind if line.label else LabelKind.OTHER
        if self._section.kind is LabelKind.NAMESERVER and kind is not LabelKind.ORGANISATION:
            self._claim_hosts(hosts(line.value), line.number)
        elif self._section.kind is LabelKind.DOMAIN and kind is LabelKind.NAME and not self.named:
            self.take_name(line)
        elif kind is LabelKind.HOST:
            self._spare_hosts |= {name: line.number for name in hosts(line.value) if line.text[:4].lower() == "host"}
        elif self._section.kind is LabelKind.REGISTRAR:
            self._claim_registrar(0 if kind is LabelKind.NAME else _BELOW, line.value, line.number)
        elif kind in {LabelKind.NAME, LabelKind.ORGANISATION}:
            self._take_of_contact(kind, line)

    def _take_of_contact(self, kind: LabelKind, line: WhoisLine) -> None:
        organised = kind is LabelKind.ORGANISATION
        rank = registrants.ORGANISATION if organised else registrants.NAME
        if self._section.of_registrant:
            self._registrants.claim(rank, line.value, line.number)
            return
        self._registrants.note(kind, line.value, line.number, self._block)
        if organised and self._section.kind in {LabelKind.DOMAIN, LabelKind.OTHER}:
            self._registrants.claim(registrants.LOOSE, line.value, line.number)

    def _take_bare(self, line: WhoisLine) -> None:
        kind = self._section.kind
        if kind is LabelKind.NAMESERVER or self._last is LabelKind.NAMESERVER:
            if leads(line.text):
                self._claim_hosts(hosts(line.text), line.number)
        elif kind in _BARE_OF_PARTIES:
            self._take_bare_name(line)
        elif kind in DATES:
            self._take_bare_day(kind, line)
        elif self._last in _GOES_ON:
            self._take_bare_below(line)
        elif kind is LabelKind.DOMAIN and not self.named:
            self.named = host(line.text.split(None, 1)[0]) or ""

    def _take_bare_name(self, line: WhoisLine) -> None:
        if self._section.kind is LabelKind.REGISTRAR and self._last in _OF_REGISTRAR:
            self._claim_registrar(_BELOW if self._last is LabelKind.REGISTRAR else _BY_HANDLE, line.text, line.number)
        elif self._last is LabelKind.CONTACT and self._section.of_registrant:
            self._registrants.claim(registrants.AT_ONCE, line.text, line.number)
        self._section.of_registrant = False  # below the name are its address and its town

    def _take_bare_below(self, line: WhoisLine) -> None:
        """Take a line that goes on with the field above it."""
        if self._last is LabelKind.STATUS:
            self._take_bare_status(line)
        elif self._last is LabelKind.ABUSE or line.text.count(" ") <= 1:
            self._take_single_field(self._last, line.text, line.number)

    def _take_bare_status(self, line: WhoisLine) -> None:
        if line.first:  # after an empty line: what the registry has to say besides
            self._last = LabelKind.OTHER
        elif self._section.kind is LabelKind.STATUS and len(line.text) < _LONGEST_STATUS:
            self._statuses.append((line.text, line.number))
            self.status_lines.append((line.text, line.number))
        elif statuses.epp([line.text]):
            self._statuses.append((line.text, line.number))

    def _take_bare_day(self, kind: LabelKind, line: WhoisLine) -> None:
        written = dates.written(line.text)
        if written:
            self._days.append(Day(0, kind, written, line.number, self._block))


_TAKES: dict[LabelKind, Callable[[Claims, WhoisLine], None]] = {
    LabelKind.DOMAIN: Claims.take_name,
    LabelKind.REGISTRAR: Claims.take_registrar,
    LabelKind.REGISTRAR_ID: Claims.take_registrar_id,
    LabelKind.IANA_ID: Claims.take_single_field,
    LabelKind.ABUSE: Claims.take_single_field,
    LabelKind.DNSSEC: Claims.take_single_field,
    LabelKind.CONTACT: Claims.take_contact,
    LabelKind.REGISTRANT_NAME: Claims.take_registrant,
    LabelKind.REGISTRANT_ORGANISATION: Claims.take_registrant,
    LabelKind.NAMESERVER: Claims.take_hosts,
    LabelKind.STATUS: Claims.take_status,
    LabelKind.NAME: Claims.take_plain,
    LabelKind.ORGANISATION: Claims.take_plain,
    LabelKind.HOST: Claims.take_plain,
    **dict.fromkeys(DATES, Claims.take_day),
}
