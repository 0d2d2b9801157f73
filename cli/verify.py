"""``nolapse cert verify --jsonl``: verifies given chains, one JSON object on each line.

in     {"id", "leaf", "intermediates", "roots", "at", "host", "crls"}    PEM, RFC 3339, a DNS name or an address
out    {"id", "ok", "faults": [{"fault", "severity", "words"}]}          in the same order; "error" for a bad line
"""

import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TextIO, cast

import typer

from cli.output import Exit, complain
from rules import names
from rules.certificates import faults
from rules.x509 import revocation, verification
from rules.x509.reading import Certificate, Unreadable
from rules.x509.violations import Severity, Violation, ViolationKind, violation
from wording.certificates import certificate_faults

LONGEST_LINE = 64 * 1024 * 1024
"""Characters of the longest line that is read."""

_PEM = re.compile(r"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END")


class _BadCase(ValueError):
    """An error raised for a line that holds no case; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _VerifyCase:
    leaf: bytes
    intermediates: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    at: datetime
    host: str | None
    crls: tuple[bytes, ...]


def verify(
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read cases from standard input, one on each line.")] = False,
) -> None:
    """Verify chains that are given as JSON lines, counting every rule of form."""
    if not jsonl:
        complain("error: give --jsonl, and the cases on standard input")
        raise typer.Exit(Exit.BAD_INPUT)
    verify_jsonl(sys.stdin, sys.stdout)


def verify_jsonl(lines: Iterable[str], out: TextIO) -> None:
    """Write the answer to each case as a line of ``out``, which is flushed after each; an empty line is skipped."""
    for line in lines:
        if line.strip():
            out.write(json.dumps(_answer(line)) + "\n")
            out.flush()


def _answer(line: str) -> dict[str, Any]:
    read: object = None
    try:
        read = _read(line)
        found = _violations(_case(read))
    except (ValueError, RecursionError) as error:
        known = cast("dict[str, Any]", read).get("id") if isinstance(read, dict) else None
        return {"id": known, "ok": False, "faults": [], "error": str(error) or "the line nests too deeply"}
    except Exception as error:  # noqa: BLE001 - the lines that follow have to be answered, whatever this one does
        return {
            "id": None,
            "ok": False,
            "faults": [],
            "error": f"this case could not be judged: {type(error).__name__}",
        }
    ok = all(one.severity is not Severity.CRITICAL for one in found)
    return {"id": cast("dict[str, Any]", read).get("id"), "ok": ok, "faults": list(map(_document, found))}


def _document(found: Violation) -> dict[str, str]:
    words = certificate_faults.sentence(faults.of_violation(found))
    return {"fault": found.kind, "severity": found.severity.name.lower(), "words": words}


def _read(line: str) -> object:
    if len(line) > LONGEST_LINE:
        raise _BadCase(f"a line of {len(line):,} characters is too long")
    return json.loads(line)


def _violations(case: _VerifyCase) -> list[Violation]:
    """Return the violations of a case, by the rules for public authorities, without those on lifetimes and logs.

    The order of intermediates does not matter here, nor do certificates that no path needs.
    """
    chain = (case.leaf, *case.intermediates)
    crls, unread = list[revocation.Crl](), list[Violation]()
    for raw in case.crls:
        try:
            crls.append(revocation.read_crl(raw))
        except Unreadable as error:
            unread.append(violation(ViolationKind.REVOCATION_UNKNOWN, "given_list", depth=None, reason=str(error)))

    def of_lists(path: Sequence[Certificate]) -> tuple[Violation, ...]:
        # Unreadable CRLs count for nothing: where none is readable, it is as if none had been given.
        return revocation.check(path, crls=crls, at=case.at, required=bool(crls)) if case.crls else ()

    verified = verification.verify(
        chain,
        roots=verification.TrustRoots(case.roots),
        at=case.at,
        host=case.host,
        strict=True,
        objections=lambda path: [one.severity for one in of_lists(path)],
    )
    found = [one for one in verified.violations if one.kind is not ViolationKind.WRONG_ORDER]
    return [*found, *unread, *of_lists(verified.path)]


def _case(read: object) -> _VerifyCase:
    if not isinstance(read, dict):
        raise _BadCase("a line is no JSON object")
    found = cast("dict[str, object]", read)
    leaf = _certificates(found, "leaf", [found.get("leaf")])
    if len(leaf) != 1:
        raise _BadCase("leaf is not one certificate in PEM")
    return _VerifyCase(
        leaf=leaf[0],
        intermediates=_certificates(found, "intermediates", found.get("intermediates")),
        roots=_certificates(found, "roots", found.get("roots")),
        at=_moment(found.get("at")),
        host=_host(found),
        crls=tuple(one.encode() for one in _texts("crls", found.get("crls") or [])),
    )


def _host(found: dict[str, object]) -> str | None:
    """Return the expected host; None (null in JSON) says that no name is to be compared."""
    value = found.get("host", "")
    if value is not None and (not isinstance(value, str) or not value):
        raise _BadCase("host is missing, or neither text nor null")
    return value and names.as_certified(value)


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in cast("list[object]", value)):
        raise _BadCase(f"{name} is no list of texts")
    return cast("list[str]", value)


def _certificates(found: dict[str, object], name: str, value: object) -> tuple[bytes, ...]:
    """Return the certificates of a list of PEM texts; a text may hold several."""
    if name not in found:
        raise _BadCase(f"{name} is missing")
    ders = list[bytes]()
    for text in _texts(name, value):
        armoured = _PEM.findall(text)
        if not armoured:
            raise _BadCase(f"{name} holds what is no certificate in PEM")
        for one in armoured:
            ders.append(_decoded(name, one))
    return tuple(ders)


def _decoded(name: str, armoured: str) -> bytes:
    with suppress(ValueError):
        return b64decode("".join(armoured.split()), validate=True)
    raise _BadCase(f"{name} holds what is no certificate in PEM")


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise _BadCase("at is missing, or no text")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _BadCase("at is no time as RFC 3339 writes it") from None
    if moment.tzinfo is None:
        raise _BadCase("at has no time zone")
    return moment
