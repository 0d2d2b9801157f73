"""Any part of a name is found: trigrams of names and addresses, and of the words of jobs that ended badly.

On PostgreSQL it is a GIN index over an array of trigrams, which every server can make: the extension pg_trgm is not
there in many. On SQLite it is FTS5 with its trigram tokenizer, kept by triggers. And indexes for what is found whole.
"""

from peewee import *

NAMES = {"client": ("name", "email"), "domain": ("name",), "endpoint": ("host",), "mail": ("recipient",)}
ENDED_BADLY = "state IN ('dead', 'failed', 'unknown')"
JOB_WORDS = (
    "{0}task || ' ' || COALESCE({0}key, '')"
    """ || ' ' || REPLACE(REPLACE(SUBSTR({0}args, 1, 2000), '"', ''), ': ', '=')"""
    " || ' ' || SUBSTR(COALESCE({0}error, ''), 1, 2000)"
)


def up(migrator, db):
    for index, table, columns in (
        ("domain_state_registrar_domain_id", "domain_state", '"registrar", "domain_id"'),
        ("endpoint_certificate_serial", "endpoint_certificate", '"serial"'),
        ("endpoint_certificate_fingerprint", "endpoint_certificate", '"fingerprint"'),
        ("invoice_number", "invoice", '"number"'),
        ("invoice_gross_minor", "invoice", '"gross_minor"'),
    ):
        db.execute_sql(f'CREATE INDEX "{index}" ON "{table}" ({columns})')
    for statement in _sqlite() if isinstance(db, SqliteDatabase) else _postgres():
        db.execute_sql(statement)


def _postgres():
    yield (
        "CREATE FUNCTION nolapse_trigrams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
        " $$ SELECT ARRAY(SELECT DISTINCT substr(lower(words), n, 3) FROM generate_series(1, length(words) - 2) AS n) $$"
    )
    for table, columns in NAMES.items():
        words = " || ' ' || ".join(columns)
        yield f"CREATE INDEX {table}_trigrams ON {table} USING gin (nolapse_trigrams({words}))"
    words = JOB_WORDS.format("")
    yield f"CREATE INDEX job_trigrams ON job USING gin (nolapse_trigrams({words})) WHERE {ENDED_BADLY}"


def _sqlite():
    for table, columns in NAMES.items():
        yield from _names(table, columns)
    yield "CREATE VIRTUAL TABLE job_text USING fts5(words, tokenize='trigram')"
    old, new = (ENDED_BADLY.replace("state", f"{one}.state") for one in ("OLD", "NEW"))
    insert = f"INSERT INTO job_text (rowid, words) VALUES (NEW.id, {JOB_WORDS.format('NEW.')})"
    delete = "DELETE FROM job_text WHERE rowid = OLD.id"
    yield f"CREATE TRIGGER job_text_insert AFTER INSERT ON job WHEN {new} BEGIN {insert}; END"
    yield f"CREATE TRIGGER job_text_delete AFTER DELETE ON job WHEN {old} BEGIN {delete}; END"
    yield (f"CREATE TRIGGER job_text_leave AFTER UPDATE OF state ON job WHEN {old} AND NOT ({new}) BEGIN {delete}; END")
    yield f"CREATE TRIGGER job_text_end AFTER UPDATE OF state ON job WHEN {new} BEGIN {delete}; {insert}; END"
    yield f"INSERT INTO job_text (rowid, words) SELECT id, {JOB_WORDS.format('')} FROM job WHERE {ENDED_BADLY}"


def _names(table, columns):
    text, names = f"{table}_text", ", ".join(columns)
    old, new = (", ".join(f"{row}.{one}" for one in columns) for row in ("OLD", "NEW"))
    yield (
        f"CREATE VIRTUAL TABLE {text} USING fts5({names}, content='{table}', content_rowid='id', tokenize='trigram')"
    )
    insert = f"INSERT INTO {text} (rowid, {names}) VALUES (NEW.id, {new})"
    delete = f"INSERT INTO {text} ({text}, rowid, {names}) VALUES ('delete', OLD.id, {old})"
    yield f"CREATE TRIGGER {text}_insert AFTER INSERT ON {table} BEGIN {insert}; END"
    yield f"CREATE TRIGGER {text}_delete AFTER DELETE ON {table} BEGIN {delete}; END"
    yield f"CREATE TRIGGER {text}_update AFTER UPDATE OF {names} ON {table} BEGIN {delete}; {insert}; END"
    yield f"INSERT INTO {text} ({text}) VALUES ('rebuild')"
