"""Fills a database with as much as a large agency has, by the statements in bulk.sql."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import connection, schema
from rules.certificates import finding_json
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import Protocol
from rules.domains import knowledge, knowledge_json, recent_checks
from rules.domains.knowledge import FieldStatement, Known, Silence
from rules.domains.recent_checks import RecentCheck
from wording.certificates import findings

_SERIES = "WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {rows})"
_ENDS = datetime(2027, 1, 1, tzinfo=UTC)
_LEAF = ChainLink(
    role=ChainRole.LEAF,
    sent=True,
    subject="CN=www.bakery.test",
    issuer="CN=Example CA",
    serial="1baa7f705f1502b932b5",
    not_before=_ENDS - timedelta(days=90),
    not_after=_ENDS,
    names=("www.bakery.test", "bakery.test"),
    key="EC-256",
    key_id="5a" * 32,
    signature="ecdsa-with-SHA256",
    fingerprint="77bcc9a110cebdbf441e75214f56504ab2775540cd60ee7963f5c6965eb3aef4",
)
_CHAIN = (
    _LEAF,
    replace(_LEAF, role=ChainRole.INTERMEDIATE, names=()),
    replace(_LEAF, role=ChainRole.ROOT, sent=False, names=()),
)


def _known(grade: Grade, *faults: Fault) -> str:
    """Return what is known of an endpoint of two addresses, as SQL."""
    finding = Finding(
        host="www.bakery.test",
        port=443,
        protocol=Protocol.TLS,
        grade=grade,
        faults=faults,
        leaf=_LEAF,
        addresses=tuple(
            AddressFinding(address=address, faults=faults, chain=_CHAIN, tls_version="TLSv1.3", cipher="AES", hsts="")
            for address in ("192.0.2.7", "2001:db8::7")
        ),
    )
    history = EndpointHistory(finding=finding, scanned_at=_ENDS, leaf=_LEAF, open=tuple(one.kind for one in faults))
    return f"'{json.dumps(finding_json.dump_history(history, findings.texts(finding)))}'"


def _looks() -> str:
    """Return what the last looks at a domain brought, as SQL."""
    seen = [
        RecentCheck(_ENDS + timedelta(days=day), "failed" if day == 7 else "registered")
        for day in range(recent_checks.MOST)
    ]
    return f"'{json.dumps(recent_checks.dump(seen))}'"


def _said() -> str:
    """Return who stated what of a domain, as SQL."""
    words = {name: f"{name}: {_ENDS.isoformat()}" for name in ("created", "updated", "expires", "nameservers")}
    stated = ("answer", *knowledge.FIELDS[:4], "registrar_id", "abuse", "nameservers", "statuses", "dnssec")
    known = Known(
        name="bakery.test",
        registrar_id="9999",
        abuse="abuse@names.example",
        dnssec=True,
        statements={
            name: FieldStatement(source="rdap", server="rdap.example", at=_ENDS, evidence=words.get(name, ""))
            for name in stated
        },
        silent={"registrant": Silence.UNSAID},
    )
    return f"'{json.dumps(knowledge_json.dump(known))}'"


_WORDS = {
    "{looks}": _looks(),
    "{said}": _said(),
    "{known}": _known(Grade.SOUND),
    "{faulty}": _known(Grade.REFUSED, fault(FaultKind.SELF_SIGNED, "leaf", depth=0)),
}
_OWN = {
    "postgresql": {"{period}": "DATE '2000-01-01' + n", "{counts}": """'{"done": 297, "dead": 3}'::jsonb"""},
    "sqlite": {"{period}": "date('2000-01-01', n || ' days')", "{counts}": """'{"done": 297, "dead": 3}'"""},
}


def fill(say: Callable[[str], None]) -> None:
    """Fill the connected, migrated, empty database. The numbers of rows are their ids."""
    with connection.without_limits():
        for table, rows, statement in _statements():
            began = time.monotonic()
            with connection.transaction():
                connection.database.execute_sql(statement)
            say(f"{table}: {rows:,} in {time.monotonic() - began:.1f} s")
    if connection.dialect().name == "postgresql":  # as autovacuum does in its own time
        connection.database.connection().set_session(autocommit=True)
        connection.database.execute_sql("SET statement_timeout = 0")
        connection.database.execute_sql("VACUUM ANALYZE")


def _statements() -> Iterator[tuple[str, int, str]]:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for found in re.finditer(r"^-- ([\w ]+): (\d+)\n(.*?);$", text, re.MULTILINE | re.DOTALL):
        table, rows, statement = found[1], int(found[2]), found[3]
        head, _, select = statement.partition("SELECT")
        head, select = _with_defaults(head, select)
        statement = connection.sql(f"{head} {_SERIES.format(rows=rows)} SELECT {select}")
        for word, said in {**_WORDS, **_OWN[connection.dialect().name]}.items():
            statement = statement.replace(word, said)
        yield table, rows, statement if connection.dialect().name == "sqlite" else statement.replace("%", "%%")


def _with_defaults(head: str, select: str) -> tuple[str, str]:
    """Add the columns that a statement does not name and that must not be null, as the models fill them."""
    table, named = re.findall(r"INTO (\w+) \(([^)]*)\)", head)[0]
    model = next(one for one in schema.TABLES if one._meta.table_name == table)
    given = {name.strip() for name in named.split(",")}
    more = {
        field.column_name: _literal(field.default)
        for field in model._meta.sorted_fields
        if field.column_name not in given and not field.null and field.default is not None
    }
    columns, values = (", ".join(part) + ", " if more else "" for part in (more.keys(), more.values()))
    return head.replace("(", f"({columns}", 1), f" {values}{select}"


def _literal(default: object) -> str:
    value = default() if callable(default) else default
    if isinstance(value, datetime):
        return "{now}"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + (value if isinstance(value, str) else json.dumps(value)) + "'"
