"""RDAP: what a registry's JSON (RFC 9083) says of a domain.

    document ──an error's body──> what it lacks or refuses ──┐
         └─────a domain object──> events, entities, ... ─────┴──> RegistryRecord

Registries bend the format, so members are searched for and never relied upon: one of a wrong type is passed over.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, cast

import idna

from rules import json_access
from rules.domains import records
from rules.domains.records import RAW_LONGEST, Answer, Asked, RegistryRecord
from rules.json_access import JsonObject
from rules.rdap.entities import parties
from rules.whois import answers, dates, labels, statuses
from rules.whois.labels import LabelKind

MOST_NAMESERVERS = 64
MOST_EVENTS = 200
LONGEST_WORDS = 1000
_LONGEST_NAME = 255
_FIRST_ERROR, _NOT_FOUND, _LAST_ERROR = 400, 404, 599
_ERROR_CODES = {
    _NOT_FOUND: Answer.AVAILABLE,
    **dict.fromkeys((401, 403, 429), Answer.THROTTLED),  # RFC 7480, section 5.5; a client that is shut out gets 403
    **dict.fromkeys((500, 501, 502, 503, 504), Answer.UNAVAILABLE),
}
_REFUSALS = frozenset({Answer.THROTTLED, Answer.RESERVED, Answer.UNAVAILABLE})
_EVENTS = {
    "registration": "created",
    "reregistration": "created",
    "last changed": "updated",
    "last update": "updated",
    "expiration": "expires",
}
_OF_LABELS = {LabelKind.CREATED: "created", LabelKind.UPDATED: "updated", LabelKind.EXPIRES: "expires"}
_OF_SOMETHING_ELSE = frozenset({"registrar", "reseller", "database", "rdap", "renewal"})
"""Not "registrar expiration", which is what a registrar sold, nor "last update of RDAP database"; and a renewal is when
somebody paid, not until when."""

_WORDS = re.compile(r"[a-z]+")
_NOTHING: tuple[object, ...] = (None, "", ())
_LONGEST_STATUS = 200


class _Moment(NamedTuple):
    """An event: its moment, its field, and whether its action is one of RDAP's own words."""

    in_own_words: bool
    at: datetime
    field: str
    members: JsonObject


def read(
    name: str, document: object, *, server: str, raw: str = "", status: int = 200, asked: Asked = "registry"
) -> RegistryRecord:
    """Return what an RDAP answer says of ``name``, an A-label domain.

    ``document`` is the parsed body, None where there was none or it was no JSON; ``status`` is that of HTTP. No
    document makes this raise. A document that is neither a domain object nor an error's body, or that is about another
    domain, is ``UNPARSABLE``. So is a 404 whose body shows no sign of RDAP: a web server answers so for a path that it
    does not know.
    """
    blank = RegistryRecord(
        name=name, answer=Answer.UNPARSABLE, source="rdap", server=server, raw=raw[:RAW_LONGEST], asked=asked
    )
    body = cast("JsonObject", document) if isinstance(document, dict) else {}
    if _is_domain(name, body) and status < _FIRST_ERROR:
        named = _names(body)
        return _domain(blank, body) if name in named or not named else blank
    answer, evidence = _refusal(name, body, status, empty=document is None and not raw.strip())
    return replace(blank, answer=answer, evidence={"answer": records.evidence(evidence)} if evidence else {})


def _is_domain(name: str, body: JsonObject) -> bool:
    """Return whether an object is a domain's; some registries leave the class out, and one writes it in capitals."""
    kind = json_access.text(body, "objectClassName").lower()
    return kind == "domain" or (not kind and name in _names(body) and "errorCode" not in body)


def _refusal(name: str, body: JsonObject, status: int, *, empty: bool) -> tuple[Answer, str]:
    """Return what an error's body amounts to, and the words for it.

    Some servers send such a body with HTTP's 200, and some wrap "too many requests" and "reserved" into 404: there,
    words outweigh the code. The title of another code is only HTTP's name for it.
    """
    code = _code(body, status, empty=empty)
    words = [text[:LONGEST_WORDS] for key in ("title", "description") for text in json_access.texts(body.get(key))]
    evidence = _evidence({"errorCode": code, "said": words[:3]}) if code or words else ""
    answer = _ERROR_CODES.get(code, Answer.UNPARSABLE)
    if answer in {Answer.THROTTLED, Answer.UNAVAILABLE}:
        return answer, evidence
    titled = code in {0, _NOT_FOUND}
    verdict = answers.of_lines(words if titled else words[len(json_access.texts(body.get("title"))) :], name)
    if verdict is None or verdict[0] not in _REFUSALS or (verdict[0] is Answer.UNAVAILABLE and not titled):
        return answer, evidence  # a code of its own already says whose fault it is
    return verdict[0], evidence


def _code(body: JsonObject, status: int, *, empty: bool) -> int:
    """Return the error's code, 0 for none: HTTP's status, but its 404 only with a body of RDAP's or without any."""
    written = body.get("errorCode")
    number = int(written[:4]) if isinstance(written, str) and written.isascii() and written.isdigit() else written
    code = number if isinstance(number, int) and _FIRST_ERROR <= number <= _LAST_ERROR else 0
    if status >= _FIRST_ERROR and status != _NOT_FOUND:
        return status
    return code or (_NOT_FOUND if status == _NOT_FOUND and (empty or "rdapConformance" in body) else 0)


def _domain(blank: RegistryRecord, body: JsonObject) -> RegistryRecord:
    values: dict[str, object] = {}
    evidence: dict[str, str] = {}
    for field, value, members in _fields(body):
        if field not in values and value not in _NOTHING:
            values[field], evidence[field] = value, _evidence(members)
    answer = None if values.keys() - {"statuses", "dnssec"} else _kept_back(body)
    if answer:
        return replace(blank, answer=answer, evidence={"answer": evidence["statuses"]})
    return replace(blank, answer=Answer.REGISTERED, **values, evidence=evidence)


def _fields(body: JsonObject) -> Iterator[tuple[str, object, JsonObject]]:
    """Yield the fields with their values and the members that say them, the surest first."""
    yield from _moments(body)
    yield from _of_parties(body)
    servers = [_host(each) for each in json_access.items(body.get("nameservers"))][:MOST_NAMESERVERS]
    yield "nameservers", records.nameservers(servers), {"nameservers": servers}
    written = _statuses(body)
    yield "statuses", statuses.normalised(tuple(written)), {"status": written}
    signed = _signed(body)
    yield "dnssec", signed, {"secureDNS": {"delegationSigned": signed}}


def _of_parties(body: JsonObject) -> Iterator[tuple[str, object, JsonObject]]:
    for party in parties(body):
        if party.is_a("registrar"):
            yield "registrar", party.registrar(), party.members()
            yield "registrar_id", party.iana_id, {"publicIds": {"IANA Registrar ID": party.iana_id or ""}}
        if party.is_a("abuse"):
            yield "abuse", party.contact, {"roles": "abuse", "contact": party.contact or ""}
        if party.is_a("registrant"):
            yield "registrant", party.registrant(hidden=_redacted(body)), party.members()


def _redacted(body: JsonObject) -> set[str]:
    """Return which of the registrant's "name" and "organization" are redacted, and may be replaced (RFC 9537)."""
    found: set[str] = set()
    for each in json_access.objects(body.get("redacted"))[:MOST_EVENTS]:
        what = each.get("name")
        words = " ".join(json_access.texts(what)) or " ".join(
            json_access.text(cast("JsonObject", what), key) for key in ("type", "description") if isinstance(what, dict)
        )
        redacted = words.lower()
        if "registrant" in redacted:
            found |= {name for name in ("name", "organization") if name in redacted}
    return found


def _moments(body: JsonObject) -> Iterator[tuple[str, object, JsonObject]]:
    """Yield the moments, those that count first: the last update, the last registration, the first expiry listed.

    Events with RDAP's own words go before others that mean the same.
    """
    found: list[_Moment] = []
    for event in json_access.objects(body.get("events"))[:MOST_EVENTS]:
        action, written = json_access.text(event, "eventAction"), json_access.text(event, "eventDate")
        words = " ".join(action.lower().replace("-", "").replace("_", " ").split())
        field, moment = _EVENTS.get(words) or _as_a_label(action), _moment(written)
        if field and moment:
            members: JsonObject = {"eventAction": action, "eventDate": written}
            found.append(_Moment(words in _EVENTS, moment, field, members))
    firsts = [each for each in found if each.field == "expires"]
    lasts = sorted((each for each in found if each.field != "expires"), key=_when, reverse=True)
    for each in sorted((*firsts, *lasts), key=_is_in_other_words):
        yield each.field, each.at, each.members


def _as_a_label(action: str) -> str | None:
    """Return the field of an event whose action is none of RDAP's own words (RFC 9083, section 10.2.3)."""
    if not _OF_SOMETHING_ELSE.isdisjoint(_WORDS.findall(action.lower())):
        return None
    label = labels.classify(action)
    return None if label.unsure else _OF_LABELS.get(label.kind)


def _when(event: _Moment) -> datetime:
    return event.at


def _is_in_other_words(event: _Moment) -> bool:
    return not event.in_own_words


def _moment(written: str) -> datetime | None:
    """Return a moment in UTC; None for another text, and for a year that means "never set"."""
    written = dates.ZONE_NAME.sub("", written)
    try:
        moment = records.utc(datetime.fromisoformat(written))
    except ValueError:
        loose = dates.written(written)
        stated = loose.stated("dmy") if loose else None
        moment = stated.moment() if stated else None
    return moment if moment and moment.year >= dates.EARLIEST else None


def _statuses(body: JsonObject) -> list[str]:
    written = [" ".join(text.split()) for text in json_access.texts(body.get("status"))[: statuses.MOST]]
    return [text for text in written if text.isprintable() and len(text) <= _LONGEST_STATUS]


def _kept_back(body: JsonObject) -> Answer | None:
    """Return the answer of an object that has nothing but a status: reserved or available, else None."""
    found = {answers.of_status(status) for status in _statuses(body)}
    return next((each for each in (Answer.RESERVED, Answer.AVAILABLE) if each in found), None)


def _signed(body: JsonObject) -> bool | None:
    secure = body.get("secureDNS")
    if not isinstance(secure, dict):
        return None
    member = cast("JsonObject", secure)
    signed = member.get("delegationSigned")
    if isinstance(signed, bool):
        return signed
    if json_access.text(member, "delegationSigned").lower() in {"true", "false"}:
        return json_access.text(member, "delegationSigned").lower() == "true"
    return True if json_access.objects(member.get("dsData")) or json_access.objects(member.get("keyData")) else None


def _names(body: JsonObject) -> frozenset[str]:
    """Return the names that an object has, as A-labels: ``ldhName``, and where that is missing ``unicodeName``."""
    return frozenset(
        name
        for key in ("ldhName", "unicodeName")
        if (name := _a_labels(json_access.text(body, key)[: _LONGEST_NAME + 1]))
    )


def _a_labels(written: str) -> str:
    bare = written.lower().rstrip(".")
    if bare.isascii() or len(bare) > _LONGEST_NAME:
        return bare
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except UnicodeError:
        return bare


def _host(server: object) -> str:
    if isinstance(server, str):
        return server
    if not isinstance(server, dict):
        return ""
    each = cast("JsonObject", server)
    return _a_labels(json_access.text(each, "ldhName") or json_access.text(each, "unicodeName"))


def _evidence(members: JsonObject) -> str:
    """Return members as evidence, in the form of JSON that they came in."""
    return records.evidence(json.dumps(members, ensure_ascii=False))
