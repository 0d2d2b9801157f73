"""What is known of a domain and has no column, as JSON: who stated each field, which are silent, what is doubtful.

Older versions wrote less, and newer ones may write more: what is missing or of another kind is passed over.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast

from rules.domains import records
from rules.domains.knowledge import FIELDS, Doubt, FieldStatement, Known, Silence
from rules.domains.records import SETTLED, Answer

WITHOUT_COLUMN = ("registrar_id", "abuse", "registrant")
"""Texts that have no column; ``dnssec`` has none either. The expiry's column has the date that counts, which may be a
person's, so what the registry stated is written too."""

Json = dict[str, object]


def dump(known: Known) -> Json:
    """Return what ``load`` reads: JSON's own types, times in ISO 8601 with their zone."""
    written: Json = {
        "said": {name: _statement_as_json(statement) for name, statement in known.statements.items()},
        "silent": {name: str(silence) for name, silence in known.silent.items()},
    }
    written |= {name: value for name in (*WITHOUT_COLUMN, "dnssec") if (value := getattr(known, name)) is not None}
    if known.expires and "expires" in known.statements:
        written["expires"] = known.expires.isoformat()
    if known.asked_in_vain:
        written["asked_in_vain"] = known.asked_in_vain.isoformat()
    if known.doubt:
        doubt = known.doubt
        written["doubt"] = {
            "answer": str(doubt.answer),
            "since": doubt.since.isoformat(),
            "source": doubt.source,
            "server": doubt.server,
        }
    return written


def load(written: object, *, otherwise: FieldStatement, **columns: Any) -> Known:
    """Return what is known: ``columns`` as the row has them, and what ``dump`` wrote of the rest.

    ``otherwise`` is the statement of a field that has a value and no statement. No ``written`` makes this raise.
    """
    document = _object(written)
    signed = document.get("dnssec")
    values: dict[str, Any] = columns | {name: text for name in WITHOUT_COLUMN if (text := _text(document, name))}
    values["dnssec"] = signed if isinstance(signed, bool) else None
    if values["expires"] and _text(document, "expires"):
        values["expires"] = _moment(document, "expires")
    said = _object(document.get("said"))
    present = [name for name in (*FIELDS, "answer") if values.get(name) not in (None, "", ())]
    return Known(
        **values,
        asked_in_vain=_moment(document, "asked_in_vain"),
        statements={name: _statement(_object(said.get(name))) or otherwise for name in present},
        silent=_silent(_object(document.get("silent"))),
        doubt=_doubt(_object(document.get("doubt"))),
    )


def _statement_as_json(statement: FieldStatement) -> Json:
    members = {
        "source": statement.source,
        "server": statement.server,
        "at": statement.at.isoformat() if statement.at else "",
        "evidence": statement.evidence,
        "asked": "" if statement.asked == "registry" else statement.asked,
    }
    return {name: value for name, value in members.items() if value}


def _statement(written: Json) -> FieldStatement | None:
    match _text(written, "source"):
        case "rdap" | "whois" | "hand" | "subscription" as source:
            return FieldStatement(
                source=source,
                server=_text(written, "server"),
                at=_moment(written, "at"),
                evidence=_text(written, "evidence"),
                asked="registrar" if written.get("asked") == "registrar" else "registry",
            )
        case _:
            return None


_MAY_BE_SILENT: Final = frozenset({*FIELDS, "answer"})


def _silent(written: Json) -> dict[str, Silence]:
    return {
        name: found
        for name in written
        if name in _MAY_BE_SILENT and (found := _SILENCES.get(_text(written, name))) is not None
    }


_SILENCES: Final = {str(why): why for why in Silence}


def _doubt(written: Json) -> Doubt | None:
    if not written:
        return None
    answer, since = _text(written, "answer"), _moment(written, "since")
    if answer not in SETTLED or since is None:
        return None
    source = "rdap" if written.get("source") == "rdap" else "whois"
    return Doubt(answer=Answer(answer), since=since, source=source, server=_text(written, "server"))


def _moment(written: Json, key: str) -> datetime | None:
    text = _text(written, key)
    return _read(text) if text else None


@lru_cache(maxsize=256)
def _read(text: str) -> datetime | None:
    """Return a moment, None for another text. It is cached: all statements of one lookup have the same moment."""
    try:
        return records.utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def _text(written: Json, key: str) -> str:
    value = written.get(key)
    return value if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}
