"""Mails about alerts: one alert is a letter of its own, several are lines, and a storm is one line with examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import settings
from db.mail.outbox import Mail
from db.portfolio.alerts import Alert
from rules.access import Within
from rules.alerts import mail_groups
from rules.alerts.mail_groups import Storm, ToldAlert
from rules.alerts.routing import Person, Recipient
from tasks.mail import letters
from tasks.mail.letters import Letter, letter_kinds, texts
from tasks.mail.letters.letter_kinds import LetterLine
from wording import messages
from wording.alerts import alert_sentences

_MOST_LINES = 40
"""Lines of a mail; the rest stands behind its link."""

_EXAMPLES = 5
"""Alerts of a storm that its line names."""


@dataclass(frozen=True, slots=True)
class LetterAddress:
    """The address and language of a letter, and the clients that its reader may know of."""

    email: str
    language: str = "en"
    within: Within = None


def address(recipient: Recipient, people: Mapping[int, Person]) -> LetterAddress | None:
    """Return where a recipient's mails go; None for a person who cannot be told any more."""
    if recipient.kind == "address":
        return LetterAddress(recipient.name)
    person = people.get(int(recipient.name)) if recipient.kind == "person" else None
    return LetterAddress(person.email, person.language, person.within) if person else None


def compose(alerts: Sequence[Alert], to: LetterAddress, *, dedupe: str, answer: str) -> Mail:
    """Return the mail that tells a recipient of these alerts. ``dedupe`` makes its dedupe key.

    ``answer`` is the link by which they see to the alerts, or put them off.
    """
    answers = LetterLine(
        texts.section(letters.spoken(letter_kinds.find("alerts"), to.language), texts.COMMON)["answer"], answer
    )
    with messages.speaking(to.language):
        letter = _of_one(alerts[0], to, answers) if len(alerts) == 1 else _of_many(alerts, to, answers)
    clients = {one.subject.client_id for one in alerts}
    return Mail(
        dedupe_key=f"alerts:{dedupe}"[:200],
        recipient=to.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        client_id=clients.pop() if len(clients) == 1 else None,
    )


def _of_one(alert: Alert, to: LetterAddress, answers: LetterLine) -> Letter:
    return letters.render(
        "alert",
        language=to.language,
        headline=alert_sentences.headline(alert),
        subject_name=messages._(alert.subject.kind.capitalize()),
        client_name=alert.client_name or "",
        facts=alert_sentences.facts(alert),
        entries=[answers],
        what_to_do=alert_sentences.advice(alert),
        link=link(f"/alerts/{alert.id}"),
    )


def lines(alerts: Sequence[Alert]) -> list[LetterLine]:
    """Return alerts as lines, the gravest first; a storm is one, and leads to all of its alerts."""
    by_id = {one.id: one for one in alerts}
    return [_entries(line, by_id)[0] for line in mail_groups.storms([_told_alert(one) for one in alerts])]


def link(path: str) -> str:
    """Return the address of a page of ours."""
    return f"{settings.current().link_url}{path}"


def _of_many(alerts: Sequence[Alert], to: LetterAddress, answers: LetterLine) -> Letter:
    lines = mail_groups.storms([_told_alert(one) for one in alerts])
    by_id = {one.id: one for one in alerts}
    return letters.render(
        "alerts",
        language=to.language,
        number=len(alerts),
        first=_line_text(lines[0], by_id),
        more=max(0, len(lines) - _MOST_LINES),
        entries=[*(entry for line in lines[:_MOST_LINES] for entry in _entries(line, by_id)), answers],
        link=link("/alerts"),
    )


def _entries(line: Storm, alerts: Mapping[int, Alert]) -> list[LetterLine]:
    """Return a line of a mail: an alert, or a storm that leads to all of its alerts, with some of them beneath."""
    if len(line.alert_ids) == 1:
        return [_entry(alerts[line.alert_ids[0]])]
    asked = {"kind": line.kind, "storm": line.group} if line.group else {"kind": line.kind}
    examples = [_entry(alerts[one], beneath=True) for one in line.alert_ids[:_EXAMPLES]]
    return [LetterLine(_line_text(line, alerts), link(f"/alerts?{urlencode(asked)}")), *examples]


def _entry(alert: Alert, *, beneath: bool = False) -> LetterLine:
    return LetterLine(
        alert_sentences.headline(alert), link(f"/alerts/{alert.id}"), note=alert.client_name or "", beneath=beneath
    )


def _line_text(line: Storm, alerts: Mapping[int, Alert]) -> str:
    if len(line.alert_ids) == 1:
        return alert_sentences.headline(alerts[line.alert_ids[0]])
    return alert_sentences.storm_line(line.kind, line.group, len(line.alert_ids))


def _told_alert(alert: Alert) -> ToldAlert:
    return ToldAlert(id=alert.id, kind=alert.kind, group=alert.storm, urgency=alert.urgency, stage=alert.stage)
