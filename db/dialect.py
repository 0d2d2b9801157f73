"""What the two databases say differently: the words that our statements leave open, and how they are filled in.

{now}                 the database's moment
{later(seconds)}      the moment so many seconds from now; they may be negative
{seconds(a, b)}       how many seconds b is after a
{ids}                 takes a list:  id {ids}
{rows}                takes a JSON array of the jobs that are asked for
{values}              takes a JSON array of objects {"id", "value"}
{objects}             takes a JSON array of objects, whose members are {of(name, type)}
{member(column, name)}  a whole number in the JSON object that a column of text holds
{locked}, {skip_locked}
{alone}               takes a name, and waits for another transaction that took the same
{settled}             whether no transaction is open that may still write before the row's ``written_in``
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LATER = re.compile(r"\{later\((.*?)\)\}")
_SECONDS = re.compile(r"\{seconds\(([^,]+), (.+?)\)\}")
_MEMBER = re.compile(r"\{member\((\w+), (\w+)\)\}")
_OF = re.compile(r"\{of\((\w+), (\w+)\)\}")
_NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Dialect:
    """One database's own words. ``seconds``, ``later``, ``of`` and ``member`` have places for their arguments."""

    name: str
    now: str
    later: str
    seconds: str
    ids: str
    rows: str  # of objects {"args", "key", "delay_s", "waits_for", "about"}
    values: str  # of objects {"id", "value"}
    objects: str
    of: str
    member: str
    skip_locked: str
    locked: str
    alone: str
    settled: str
    ids_value: Callable[[Sequence[object]], object]
    own_marks: bool
    """Whether ``?`` and ``:name`` mark parameters in place of ``%s`` and ``%(name)s``."""

    def fill(self, template: str) -> str:
        """Return a statement with its open words filled in, and its parameters marked as this database has it."""
        filled = _SECONDS.sub(lambda found: self.seconds.format(start=found[1], end=found[2]), template)
        filled = _LATER.sub(lambda found: self.later.format(seconds=found[1]), filled)
        filled = _MEMBER.sub(lambda found: self.member.format(column=found[1], name=found[2]), filled)
        filled = _OF.sub(lambda found: self.of.format(name=found[1], type=found[2]), filled)
        for word in ("now", "ids", "rows", "values", "objects", "skip_locked", "locked", "alone", "settled"):
            filled = filled.replace("{" + word + "}", getattr(self, word))
        return _NAMED.sub(r":\1", filled).replace("%s", "?") if self.own_marks else filled

    def value(self, given: object) -> object:
        """Return a parameter as this database takes it: lists become what ``{ids}`` takes."""
        return self.ids_value(given) if isinstance(given, list) else given


SQLITE = Dialect(
    name="sqlite",
    now="strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')",
    later="strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now', ({seconds}) || ' seconds')",
    seconds="((julianday({end}) - julianday({start})) * 86400)",
    ids="IN (SELECT value FROM json_each(?))",
    rows=(
        "(SELECT json_extract(value, '$.args') AS args, json_extract(value, '$.key') AS key,"
        " json_extract(value, '$.delay_s') AS delay_s, json_extract(value, '$.waits_for') AS waits_for,"
        " json_extract(value, '$.waits_said') AS waits_said, json_extract(value, '$.about') AS about"
        " FROM json_each(?)) AS given"
    ),
    values=(
        "(SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.value') AS value FROM json_each(?)) AS given"
    ),
    objects="(SELECT value AS one FROM json_each(?)) AS given",
    of="json_extract(given.one, '$.{name}')",
    member="json_extract({column}, '$.{name}')",
    skip_locked="",
    locked="",
    alone="SELECT ?",  # there is one writer
    settled="TRUE",
    ids_value=lambda ids: json.dumps(list(ids)),
    own_marks=True,
)

# clock_timestamp() is another moment in each row: bare, it would be compared with every row instead of being looked up
# in an index. As a subquery it is one moment for the statement.
POSTGRES = Dialect(
    name="postgresql",
    now="(SELECT clock_timestamp())",
    later="((SELECT clock_timestamp()) + ({seconds}) * interval '1 second')",
    seconds="EXTRACT(EPOCH FROM ({end} - {start}))",
    ids="= ANY(%s)",
    rows="json_to_recordset(%s) AS given(args text, key text, delay_s float, waits_for text, waits_said text,"
    " about bigint)",
    values="json_to_recordset(%s) AS given(id bigint, value text)",
    objects="json_array_elements(%s) AS given(one)",
    of="CAST(given.one ->> '{name}' AS {type})",
    member="CAST(CAST({column} AS json) ->> '{name}' AS bigint)",
    skip_locked="FOR UPDATE SKIP LOCKED",
    locked="FOR UPDATE",
    alone="SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
    # A number that no transaction has had yet is of another server, from which this database was restored.
    settled=(
        "(written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        " OR written_in >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
    ),
    ids_value=list,
    own_marks=False,
)
