"""Where in an answer a line stands: in the domain's own part, or in that of a contact, a registrar, a name server.

A section begins with a heading (a label without a value) or with the first line of a block (RPSL), and ends where the
indentation falls back, or after a blank line where its lines are not indented::

    Registrar:                  person:  Ann        Registrar
        Name: Example Ltd       changed: 2010         (blank)
    Created: 2010-01-01         (blank)             registrar...: Example Ltd
"""

from rules.whois.labels import DATES, LabelKind
from rules.whois.lines import WhoisLine

_OPENED_BY_VALUE = frozenset({LabelKind.CONTACT, LabelKind.REGISTRAR, LabelKind.HOST})
_OPENED_BY_HEADING = frozenset(
    {
        LabelKind.CONTACT,
        LabelKind.REGISTRAR,
        LabelKind.NAMESERVER,
        LabelKind.STATUS,
        LabelKind.DOMAIN,
        LabelKind.ORGANISATION,
        *DATES,
    }
)
_OTHER, _DOMAIN = LabelKind.OTHER, LabelKind.DOMAIN
"""Names of their own, because each line needs them and the members of an enum are slow to reach."""

_MEANS = {LabelKind.ORGANISATION: LabelKind.CONTACT, LabelKind.REGISTRAR_ID: LabelKind.REGISTRAR}


class Section:
    """The section that the lines so far have led to. ``kind`` is ``OTHER`` outside of all."""

    __slots__ = ("_deeper", "_filled", "_indent", "is_doubtful", "kind", "of_registrant")

    def __init__(self):
        """Begin outside of all sections."""
        self.kind = LabelKind.OTHER
        self.of_registrant = False  # a contact's: the registrant's
        self.is_doubtful = False  # opened by a heading amid other lines: perhaps an empty field, and no section
        self._indent = 0
        self._filled = False
        self._deeper = False

    def move(self, line: WhoisLine) -> None:
        """Follow one line: end the section that it is no part of, begin the one that it opens."""
        label, indent = line.label, line.indent
        if self.kind is not _OTHER and (
            indent < self._indent or (indent == self._indent and (self._deeper or (line.first and self._filled)))
        ):
            self._enter(_OTHER, line)
        if label is None:
            self._filled = True
        elif label.kind is _DOMAIN:
            self._enter(_DOMAIN, line)
        elif (line.first or not line.value) and self._opens(line, label.kind):
            self._enter(_MEANS.get(label.kind, label.kind), line)
            self._filled = bool(line.value)
            self.of_registrant = label.of_registrant
        else:
            self._filled = True
        if indent > self._indent:
            self._deeper = True

    def _opens(self, line: WhoisLine, kind: LabelKind) -> bool:
        if line.value:
            return kind in _OPENED_BY_VALUE
        if (
            self.kind in {LabelKind.CONTACT, LabelKind.REGISTRAR}
            and self._within(line)
            and kind is not LabelKind.NAMESERVER
        ):
            return False
        if kind is LabelKind.REGISTRAR_ID:  # "Registered by:", not the empty "Registrar ID:"
            return line.label is not None and line.label.full
        return kind in _OPENED_BY_HEADING or (kind is LabelKind.SERVER and line.first)

    def _within(self, line: WhoisLine) -> bool:
        return line.indent > self._indent

    def _enter(self, kind: LabelKind, line: WhoisLine) -> None:
        self.kind = kind
        self.of_registrant = False
        self.is_doubtful = not line.first
        self._indent = line.indent
        self._filled = False
        self._deeper = False
