"""Bounces that are written for people alone: who sends them, what they say, and about whom."""

import re
from collections.abc import Iterator

from rules.bounces import diagnosis, failure_words
from rules.bounces.addresses import addresses, first_address
from rules.bounces.mime_parts import MimePart
from rules.bounces.verdict import BounceVerdict
from rules.whois.characters import folded

_COPY = re.compile(
    r"^[ \t>]*(?:-{2,} ?(?:this is a copy|below this line|(?:the )?(?:header|body|headers) of the original|"
    r"(?:original|returned|unsent|undelivered|forwarded|start of|begin)\b.{0,40}(?:message|mail|headers?)|"
    r"enclosed is a copy|copy of|les en-t|kopie|urspr.{1,2}ngliche|message d.origine|mensaje original|"
    r"messaggio original|oorspronkelijk)|(?:possibly truncated )?original message follows|"
    r"(?:your )?(?:original )?message (?:headers? )?follows|"
    r"included (?:below )?is (?:a |the )copy|the (?:first|original) (?:\d+ lines of the )?(?:message|mail)\b.{0,40}"
    r"(?:follow|below|attached)|received: (?:from|by)\b|return-path: |unsent message below|--- forwarded message)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED = re.compile(r"^>(?!>>).*$", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[-_ ]{0,40}(?:begin )?(?:forwarded message|original message|weitergeleitete nachricht|"
    r"urspr.{1,2}ngliche nachricht|"
    r"message (?:transf.{1,2}r.{1,2}|d.origine)|mensaje (?:reenviado|original)|messaggio (?:inoltrato|originale)|"
    r"doorgestuurd bericht|oorspronkelijk bericht|wiadomo.{1,4} (?:przekazana|oryginalna)|"
    r"mensagem (?:encaminhada|original))[-_: ]{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARD_SUBJECT = re.compile(r"^ ?(?:fwd?|wg|tr|rv|enc|i|vb|doorst|pd|fs|vl)(?:\[\d+\])? ?:", re.IGNORECASE)
_ANSWER_SUBJECT = re.compile(r"^ ?(?:re|aw|sv|antw|odp|rif|vs|ref)(?:\[\d+\])? ?:", re.IGNORECASE)
_ABOUT = re.compile(
    r"^[ \t]*<?([^\s<>:@]{1,64}@[^\s<>:@]{1,255}?)>?[ \t]*(?::|\(|$|-)|rcpt to: ?<?([^\s<>]{1,320})>|"
    r"(?:final-recipient|original-recipient|failed recipient|(?:intended )?recipient|empf.{1,2}nger|destinataire|"
    r"destinatario|ontvanger|to|an|para)[ \t]*:[ \t]*(?:rfc822;)?[ \t]*<?([^\s<>@]{1,64}@[^\s<>]{1,255})",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_ABOUT = re.compile(
    r"^(?:postmaster|mailer-daemon|abuse|support|noreply|no-reply|helpdesk|hostmaster)@", re.IGNORECASE
)
_RETURNED_TO = re.compile(r"^to[ \t]*:(.*)$", re.IGNORECASE | re.MULTILINE)


def read(message: MimePart, text: str) -> BounceVerdict | None:
    """Return the verdict on a bounce that has no report for machines; None where the message is no bounce."""
    failed = message.header("x-failed-recipients")
    subject = folded(message.header("subject"))
    if _FORWARD_SUBJECT.search(subject) and (inner := _forwarded(text)):
        return _verdict(message, inner, subject, "")
    if _ANSWER_SUBJECT.search(subject) or message.has("list-unsubscribe", "list-id"):
        return None
    told = _QUOTED.sub("", own_words(text))
    if failed or _is_returned(message, subject, told):
        return _verdict(message, told, subject, failed)
    return None


def own_words(text: str) -> str:
    """Return what a server wrote, without the mail that it returns."""
    copy = _COPY.search(text)
    return text[: copy.start()] if copy and text[: copy.start()].strip() else text


def _is_returned(message: MimePart, subject: str, told: str) -> bool:
    """Tell whether a mail server sent the message, to say that a mail did not arrive."""
    from_daemon = bool(failure_words.DAEMON.search(folded(message.header("from"))))
    path = folded(message.header("return-path")).strip()
    nobody = path in ("<>", "< >") or "mailer-daemon" in path
    notice = bool(failure_words.NOTICE.search(subject))
    if not (from_daemon or (nobody and notice)):
        return False
    if from_daemon and path and not nobody and not notice and not failure_words.DAEMON.search(path):
        return False
    words = " ".join(folded(told).split())
    why = diagnosis.explanation(told)
    return notice or bool(why.status or why.reply) or bool(failure_words.NOTICE.search(words))


def _verdict(message: MimePart, told: str, subject: str, failed: str) -> BounceVerdict:
    why = diagnosis.explanation(f"{told}\n{subject}")
    waits = bool(failure_words.WARNING.search(f"{subject} {why.words}")) and not (why.status or " ").startswith("5.1")
    kind = diagnosis.kind(why, gave_up=not waits)
    recipient = first_address(failed) or about(message, told)
    return BounceVerdict(kind, recipient, diagnosis.status_of(why), final=not waits)


def about(message: MimePart, told: str) -> str | None:
    """Return the address that a bounce is about: one in its text, else the recipient of the mail that it returns."""
    return next(_likely_addresses(message, told), None) or _returned_to(message)


def _likely_addresses(message: MimePart, told: str) -> Iterator[str]:
    """Yield the addresses that a text may be about, the likeliest first."""
    ours = {one.lower() for name in ("to", "delivered-to", "x-original-to") for one in addresses(message.header(name))}
    by_whom = {one.lower() for one in addresses(message.header("from"))}
    pointed = (next(filter(None, found.groups()), "") for found in _ABOUT.finditer(told))
    places = (*pointed, message.header("subject"), told)
    for place in places:
        for one in addresses(place):
            if one.lower() not in ours | by_whom and not _NOT_ABOUT.search(one):
                yield one


def _returned_to(message: MimePart) -> str | None:
    """Return the recipient of the mail that is returned in the message."""
    for part in message.own():
        if part.is_message and part.parts:
            return first_address(part.parts[0].header("to"))
        if (copy := _COPY.search(part.text)) and (to := _RETURNED_TO.search(part.text[copy.start() :])):
            return first_address(to[1])
    return None


def _forwarded(text: str) -> str | None:
    """Return what stands below the mark of a forwarded message, where a mail server wrote it."""
    mark = _FORWARDED.search(text)
    inner = text[mark.end() :] if mark else ""
    sender = re.search(r"^[>* ]{0,4}(?:from|von|de|da|van|od)\*?[ \t]*:(.*)$", inner, re.IGNORECASE | re.MULTILINE)
    if not sender or not failure_words.DAEMON.search(folded(sender[1])):
        return None
    body = inner[sender.end() :].partition("\n\n")[2]
    return re.sub(r"^> ?", "", own_words(body), flags=re.MULTILINE)
