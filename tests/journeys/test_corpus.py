"""A real portfolio: hundreds of domains with the very texts that their registries answered, imported and checked."""

import csv
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from db import connection
from db.ledger import jobs, runs
from db.outside import shared_texts
from db.portfolio import domains
from rules import names
from rules.domains import registry_facts
from rules.domains.records import SETTLED, Answer
from rules.jobs import JobState
from sandbox.whois import WhoisServer
from tasks.domains import check_all
from tests.faults.marks import on_postgres
from tests.support.eventually import eventually
from tests.support.forked import ROOT
from tests.support.shell import Shell
from tests.support.system import System

pytestmark = [pytest.mark.journey, on_postgres]

FOLDER = Path(os.environ.get("NOLAPSE_SHARED") or ROOT.parent / "shared")  # noqa: TID251 - where the tests' data is
CORPUS = FOLDER / "corpora" / "whois" / "cases.jsonl"
REGISTRAR = re.compile(r"Registrar WHOIS Server:[ \t]*(\S+)", re.IGNORECASE)


@pytest.fixture
def registered() -> list[dict[str, str]]:
    """The corpus' cases that its makers call registered: each with a domain and a text that names it.

    Beside some records of other names they put a name of their own, "example.de": no registry answers so.
    """
    if not CORPUS.exists():
        pytest.skip(f"no corpus of WHOIS answers at {CORPUS}: NOLAPSE_SHARED names the folder that holds corpora/")
    cases = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [one for one in cases if one["answer"] == "registered" and one["domain"].lower() in one["text"].lower()]


def texts_by_name(cases: Iterable[dict[str, str]]) -> dict[str, str]:
    """Return the first text of each name that somebody can have registered: that is what a portfolio holds."""
    texts: dict[str, str] = {}
    for case in cases:
        try:
            texts.setdefault(names.registrable(case["domain"]), case["text"])
        except names.NotRegistrable:
            continue
    return texts


def nobody(texts: Iterable[str]) -> str:
    """Return NOLAPSE_HOSTS so that every registrar that a text names is on this machine, where nobody answers."""
    servers = [server.lower().strip("./") for text in texts for server in REGISTRAR.findall(text)]
    assert not [server for server in servers if not server.rpartition(".")[2].isalpha()], "an address would be called"
    return json.dumps({f"*.{server.rpartition('.')[2]}": "127.0.0.1" for server in servers})


def portfolio(folder: Path, cases: Iterable[dict[str, str]]) -> str:
    """Write the portfolio as its owner would, and return the file's path."""
    path = folder / "portfolio.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(("client", "email", "domain"))
        for number, domain in enumerate(dict.fromkeys(case["domain"] for case in cases)):
            lines.writerow((f"Client {number % 40}", f"client{number % 40}@clients.test", domain))
    return str(path)


def queries(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts by what each registry is asked in its own form: ``-t dn,ace name.de``."""
    return {registry_facts.of(name, "127.0.0.1").query.format(name=name).lower(): text for name, text in texts.items()}


def run_over_all(system: System, server: WhoisServer, texts: Mapping[str, str]) -> runs.Run:
    """Check every domain in real processes, and return the run when it is closed."""
    with connection.session():
        shared_texts.keep("rdap-bootstrap", "{}")  # no registry has an RDAP server: all are asked over WHOIS
    system.start(
        NOLAPSE_WHOIS_ROOT=server.address,
        NOLAPSE_ALLOWED_NETWORKS="127.0.0.0/8",
        NOLAPSE_HOSTS=nobody(texts.values()),
        NOLAPSE_THREADS_LOOKUP="8",
    )
    run_id = check_all.enqueue().run_id
    assert run_id

    def closed() -> list[runs.Run]:
        run = system.ask(lambda: runs.get(run_id))
        return [run] if run and run.finished_at else []

    return eventually(closed, what="the run over the portfolio is closed")[0]


def refusals() -> list[str | None]:
    return [one.error for one in jobs.newest(task="domains.check", state=JobState.FAILED, limit=9999)]


def test_every_domain_of_a_real_portfolio_ends_with_a_record_a_parse_failure_or_a_named_refusal(
    system: System, registered: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = texts_by_name(registered)
    distinct = {case["domain"] for case in registered}
    nolapse = Shell(tmp_path, **system._environment({}))
    imported = nolapse("import", portfolio(tmp_path, registered), "--keep-good", "--json").json
    assert imported["new"]["domains"] == system.ask(domains.count) == len(texts)
    assert {one["column"] for one in imported["complaints"]} <= {"domain"}
    with WhoisServer(texts=queries(texts)) as server:
        run = run_over_all(system, server, texts)
    answers, refused = system.ask(domains.answers), system.ask(refusals)
    with capsys.disabled():
        sys.stdout.write(
            f"\ncorpus: {len(registered)} registered cases, {len(distinct)} names,"
            f" {len(imported['complaints'])} refused by the import;"
            f" {len(texts)} domains: {answers}, jobs: {run.counts}\n"
        )
    records, unparsable = (sum(answers.get(str(one), 0) for one in some) for some in (SETTLED, [Answer.UNPARSABLE]))
    assert set(run.counts) <= {"done", "failed"}
    ((checked,),) = system.rows("SELECT COUNT(*) FROM job WHERE run_id = %s AND task = 'domains.check'", run.id)
    assert checked == len(texts), "each; what these led to is of the run as well"
    assert records + unparsable + len(refused) == len(texts)
    assert all(refused), "a refusal has its words"
    assert server.requests == dict.fromkeys(queries(texts), 1), "each registry is asked once"
    assert answers.get("registered", 0) / len(texts) > 0.9
