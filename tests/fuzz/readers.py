"""Coverage-guided fuzzing of both readers: any bytes in, a classed answer out.

atheris (3.0, with wheels for Linux) is not among the locked packages: it is large, and nothing else needs it. In an
environment that has it::

    python -m tests.fuzz.readers whois -max_total_time=600 -timeout=5 FOLDER_OF_FINDINGS tests/rules/data/whois
"""

import importlib
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime

from rules import rdap
from rules.domains import changes, knowledge, knowledge_json
from rules.domains.knowledge import Known
from rules.domains.records import EVIDENCE_LONGEST, Answer, RegistryRecord
from rules.whois import characters, reader
from tests.support import known_columns

AT = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("example.test", "example.de", "example.jp", "example.kr", "example.tk", "xn--exmple-cua.test")


def whois(raw: bytes) -> None:
    """Read bytes as a WHOIS server's answer."""
    name = NAMES[raw[0] % len(NAMES)] if raw else NAMES[0]
    check(reader.record(name, characters.decoded(raw), "whois.example"))


def json_of_rdap(raw: bytes) -> None:
    """Read bytes as an RDAP server's answer: its first as a status, the others as the body."""
    document: object = None
    with suppress(ValueError, RecursionError):
        document = json.loads(raw[1:])
    status = (200, 404, 429, 500)[raw[0] % 4] if raw else 200
    record = rdap.read("example.test", document, server="rdap.example", raw=raw.decode("latin-1"), status=status)
    assert status == 200 or record.answer is not Answer.REGISTERED
    check(record)


def check(record: RegistryRecord) -> None:
    """Fail where a record could not be kept, or told, or would teach something new when it comes again."""
    assert isinstance(record.answer, Answer)
    texts = (record.registrar, record.registrar_id, record.abuse, record.registrant)
    for text in (*filter(None, texts), *record.nameservers, *record.statuses, *record.evidence.values()):
        assert text.isprintable()
        text.encode()
    assert all(len(line) <= EVIDENCE_LONGEST for line in record.evidence.values())
    known = knowledge.learn(None, [record], at=AT)
    assert knowledge.learn(known, [record], at=AT) == known
    assert changes.changes(known, known) == ()
    assert kept(known) == known


def kept(known: Known) -> Known:
    """Return what comes back of what is known from a database."""
    document = json.loads(json.dumps(knowledge_json.dump(known)))
    otherwise = knowledge.FieldStatement(source="whois", at=AT)
    return knowledge_json.load(document, otherwise=otherwise, **known_columns.of(known))


TARGETS = {"whois": whois, "rdap": json_of_rdap}


def main() -> None:
    """Fuzz the reader that the first argument names; the others are libFuzzer's."""
    atheris = importlib.import_module("atheris")
    target = TARGETS[sys.argv.pop(1)]
    atheris.instrument_all()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
