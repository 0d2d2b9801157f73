"""The real ``nolapse`` command in a process of its own: what it says, what it leaves, and how it ends."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import ENTRIES, app
from cli.output import Exit
from db import connection
from db.access import audit
from db.billing import invoices, subscriptions
from db.billing.subscriptions import Subscription
from db.documents import documents
from db.documents.documents import NewDocument
from db.fields import stored
from db.ledger import effects, jobs, leases, runs, schedules, workers
from db.ledger.transitions import JobOutcome
from db.mail import outbox
from db.mail.outbox import Mail
from db.outside import measurements
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.jobs import AttemptOutcome, JobState
from sandbox.behaviour import Behaviour
from sandbox.truth import Domain, Portfolio, RegistryState, Speaks
from sandbox.world import World
from tasks.billing import billing_due
from tests.support import ledger as do
from tests.support.eventually import WITHIN_S, eventually
from tests.support.forked import ROOT
from tests.support.servers import RedisServer
from tests.support.shell import Said, Shell
from tests.support.system import System

NOW = datetime.now(UTC).replace(microsecond=0)
ESCAPE = "\x1b[2J\x9b31m"
"""Clears a terminal, and colours it, where it is obeyed."""

SECRET = "hunter2"
LIST = "from typer.testing import CliRunner; from cli.main import app; CliRunner().invoke(app, ['--help'])"
LETTER = Mail(dedupe_key="one", recipient="a@clients.test", subject="S", text="T", html="<p>T</p>")
ONE_DOMAIN = "client,email,domain\nBakery,bakery@bakery.test,bakery.test\n"


@pytest.fixture
def shell(database: str, tmp_path: Path) -> Iterator[Shell]:
    """A shell on an empty migrated database, whose Redis is away; the test sees the database too."""
    with connection.session():
        yield Shell(tmp_path, DATABASE_URL=database, REDIS_URL=f"unix://{tmp_path / 'no-redis.sock'}")


ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the database."""


def csv(folder: Path, content: str | bytes, *, name: str = "portfolio.csv") -> str:
    """Write a file to import, and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def commands(command: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Return the path of every command and every group of commands."""
    yield path
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, *path, name)


ALL = [(), *(path for name, entry in ENTRIES.items() for path in commands(entry.load(name), name))]


class TestHelp:
    @pytest.mark.parametrize("path", ALL, ids=" ".join)
    def test_every_command_says_what_it_is_for(self, path: tuple[str, ...]) -> None:
        said = CliRunner().invoke(app, [*path, "--help"])
        assert said.exit_code == 0
        words = [line.strip() for line in said.output.splitlines()]
        assert len([line for line in words if line and not line.startswith(("Usage", "╭", "│", "╰"))]) >= 1, said.output

    def test_commands_of_every_depth_are_among_them(self) -> None:
        assert {("jobs",), ("jobs", "retry"), ("schedules", "edit"), ("import",)} <= set(ALL)

    def test_the_installed_command_lists_them_all(self) -> None:
        nolapse = Path(sys.executable).parent / "nolapse"
        said = subprocess.run([nolapse, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        for name in (
            "up",
            "worker",
            "scheduler",
            "migrate",
            "demo",
            "doctor",
            "import",
            "trigger",
            "jobs",
            "schedules",
        ):
            assert f" {name} " in said.stdout

    def test_the_list_of_commands_costs_no_import_of_what_they_need(self) -> None:
        said = self.python(f"{LIST}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))")
        assert {"cli", "typer"} <= set(said.stdout.split())
        ours = {"settings", "tasks", "db", "integrations", "api_stub", "sandbox"}
        theirs = {"fastapi", "pydantic", "dramatiq", "peewee", "redis", "dns", "sentry_sdk", "boto3", "stripe"}
        assert not set(said.stdout.split()) & (ours | theirs)

    def test_looking_at_jobs_costs_no_import_of_what_runs_them(self) -> None:
        looks = "from cli import work; from cli.output import ready"
        said = self.python(f"{looks}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))")
        assert {"tasks", "db"} <= set(said.stdout.split())
        assert not set(said.stdout.split()) & {"fastapi", "dramatiq", "dns", "sentry_sdk", "boto3", "stripe", "jinja2"}

    def test_the_start_of_a_worker_costs_no_import_of_what_few_of_its_jobs_need(self) -> None:
        starts = "import workers.process; from tasks.engine import catalogue; catalogue.load()"
        said = self.python(f"{starts}; print(*sys.modules)")
        assert {"tasks", "dramatiq"} <= set(said.stdout.split())
        few = {"fastapi", "stripe", "requests", "httpx", "dkim", "puremagic", "boto3", "sentry_sdk", "apprise"}
        some = {"dns", "joserfc", "typst", "segno", "rules.rdap", "rules.whois.reader"}
        assert not set(said.stdout.split()) & (few | some)

    def test_the_start_of_a_pool_costs_no_import_of_tasks(self) -> None:
        said = self.python("import workers.pool; print(*sys.modules)")
        assert {"workers.pool", "tasks.engine.catalogue"} <= set(said.stdout.split())
        assert not set(said.stdout.split()) & {"tasks.domains", "tasks.mail", "dramatiq", "jinja2", "urllib3"}

    def test_no_part_of_the_command_line_needs_the_sandbox(self) -> None:
        modules = ", ".join(sorted({entry.module for entry in ENTRIES.values()}))
        said = self.python(f"import {modules}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))")
        assert {"cli", "fastapi"} <= set(said.stdout.split())
        assert not set(said.stdout.split()) & {"sandbox", "aiosmtpd", "dnslib"}

    @pytest.mark.parametrize("package", ["aiosmtpd", "dnslib"])
    def test_a_demo_without_its_packages_says_what_to_install(self, package: str) -> None:
        said = self.python(f"sys.modules['{package}'] = None; sys.argv = ['nolapse', 'demo', '--once']; main()")
        assert (said.returncode, said.stdout) == (2, "")
        assert f"need {package}" in said.stderr
        assert "nolapse[demo]" in said.stderr

    @staticmethod
    def python(words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", f"import sys; from cli.main import main; {words}"]
        return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def test_a_command_that_does_not_exist_is_bad_input(self, tmp_path: Path) -> None:
        said = Shell(tmp_path)("renew")
        assert (said.code, said.out) == (2, "")
        assert "renew" in said.error


class TestMigrate:
    def test_it_makes_the_database_once_and_then_has_nothing_to_do(self, tmp_path: Path) -> None:
        shell = Shell(tmp_path)
        before = shell("jobs")
        assert (before.code, before.out) == (3, "")
        assert "run `nolapse migrate`" in before.error
        first, again = shell("migrate"), shell("migrate")
        assert (first.code, again.code) == (0, 0)
        assert "0001_initial" in first.out
        assert again.out == "nothing to do: the schema is current\n"
        assert shell("migrate", "--json").json == {"applied": []}
        assert shell("jobs", "--json").json == []

    def test_an_outdated_database_is_refused_with_what_is_missing(self, shell: Shell) -> None:
        with connection.transaction():
            connection.execute("DELETE FROM schema_migration WHERE name = '0001_initial'")
        said = shell("runs")
        assert (said.code, said.out) == (3, "")
        assert "the database lacks 0001_initial: run `nolapse migrate`" in said.error


class TestImport:
    def test_a_good_file_is_imported_and_importing_it_again_changes_nothing(self, shell: Shell, tmp_path: Path) -> None:
        file = csv(
            tmp_path,
            "client,email,domain,host,port,currency\n"
            "Café & Söhne,post@cafe.test,café.example,www.café.example,8443,GBP\n"
            "Bakery,bakery@bakery.test,https://www.bakery.test/shop,,,\n",
        )
        first, again = shell("import", file), shell("import", file, "--json")
        assert (first.code, first.out) == (0, "new: 2 clients, 2 domains, 1 endpoints\n")
        nothing = {"clients": 0, "domains": 0, "endpoints": 0}
        assert (again.code, again.json) == (0, {"new": nothing, "edits": [], "complaints": []})
        assert [one.task for one in jobs.newest()] == ["certificates.scan_due", "domains.check_due"], (
            "looked at at once"
        )
        assert domains.named("bakery.test")
        assert domains.named("xn--caf-dma.example")
        endpoint = endpoints.get(endpoints.ids_after(0, 1)[0])
        assert (endpoint.address, endpoint.client_name) == ("www.xn--caf-dma.example:8443", "Café & Söhne")
        assert clients.get(endpoint.client_id).currency == "GBP"

    def test_one_bad_line_is_named_by_line_and_column_and_nothing_is_imported(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        file = csv(tmp_path, f"{ONE_DOMAIN}Books,not-an-address,books.test\n,a@b.test,192.0.2.1\n")
        said = shell("import", file)
        assert said.code == 2
        assert "line 3, email: 'not-an-address' is no email" in said.error
        assert "line 4, client: is empty" in said.error
        assert "line 4, domain: 192.0.2.1 is an IP address" in said.error
        assert "nothing was imported" in said.error
        assert (clients.count(), domains.count()) == (0, 0)

    def test_keep_good_imports_the_good_lines_and_ends_with_1(self, shell: Shell, tmp_path: Path) -> None:
        file = csv(tmp_path, f"{ONE_DOMAIN}Books,not-an-address,books.test\n")
        said = shell("import", file, "--keep-good", "--json")
        assert said.code == 1
        assert said.json["new"] == {"clients": 1, "domains": 1, "endpoints": 0}
        assert [(one["line"], one["column"]) for one in said.json["complaints"]] == [(3, "email")]
        assert domains.named("bakery.test")

    def test_what_a_line_says_otherwise_is_named_and_taken_over_where_that_is_asked_for(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        shell("import", csv(tmp_path, "client,email,domain\nBakery,a@bakery.test,bakery.test\n"))
        edited = csv(tmp_path, "client,email,domain,decision\nBakery,b@bakery.test,bakery.test,lapse\n")
        refused = shell("import", edited)
        assert (refused.code, refused.out) == (2, "")
        assert "line 2, decision: is lapse, and bakery.test has undecided; import with --update" in refused.error
        dry = shell("import", edited, "--update", "--dry-run")
        undecided = domains.named("bakery.test")
        assert undecided
        assert (dry.code, undecided.decision) == (0, "undecided")
        assert "line 2, email of Bakery: a@bakery.test -> b@bakery.test" in dry.out
        assert "would be new: 0 clients, 0 domains, 0 endpoints; edits: 2" in dry.out
        contradicting = csv(tmp_path, Path(edited).read_text() + "Shop,,bakery.test,\n", name="contradicting.csv")
        dry = shell("import", contradicting, "--update", "--dry-run")
        assert (dry.code, "line 3, domain: bakery.test belongs to" in dry.error) == (2, True)
        assert "line 2, decision of bakery.test: undecided -> lapse" in dry.out
        done = shell("import", edited, "--update", "--json")
        assert (done.code, [one["column"] for one in done.json["edits"]]) == (0, ["email", "decision"])
        domain = domains.named("bakery.test")
        assert domain
        assert (domain.decision, clients.get(domain.client_id).email) == ("lapse", "b@bakery.test")
        assert {one.action for one in audit.LIST.page("-id", size=3).rows} == {
            "client change",
            "domain change",
            "import",
        }
        assert shell("import", edited).out == "new: 0 clients, 0 domains, 0 endpoints\n"

    def test_what_was_exported_can_be_imported_elsewhere(self, shell: Shell, tmp_path: Path) -> None:
        head = "client,email,domain,decision,expires,host,port"
        rows = ["=Bakery,a@bakery.test,bakery.test,lapse,2027-03-01,,", "=Bakery,a@bakery.test,,,,www.bakery.test,8443"]
        assert shell("import", csv(tmp_path, "\n".join([head, *rows, ""]))).code == 0
        (entry,) = audit.LIST.page("-id", size=1).rows
        assert (entry.action, entry.details) == ("import", {"clients": 1, "domains": 1, "endpoints": 1})
        copy = tmp_path / "copy.csv"
        assert shell("export", str(copy)).code == 0
        assert shell("export", str(copy)).code != 0, "what is there is not overwritten"
        lines = copy.read_text(encoding="utf-8").splitlines()
        assert lines[1].startswith("'=Bakery,a@bakery.test,bakery.test,lapse,2027-03-01,")
        with connection.transaction():
            clients.remove(clients.LIST.page().rows[0].id)
        assert shell("import", str(copy), "--json").json["new"] == {"clients": 1, "domains": 1, "endpoints": 1}
        again = domains.named("bakery.test")
        assert again
        assert (again.client_name, again.decision, str(again.expires_by_hand)) == ("=Bakery", "lapse", "2027-03-01")

    @ON_SQLITE
    def test_a_file_that_is_none_is_refused_as_a_whole(self, shell: Shell, tmp_path: Path) -> None:
        huge = "x" * 200_000
        cases: list[tuple[str | bytes, int, str]] = [
            ("client,domain\nCafé,café.example\n".encode("latin-1"), 2, "is not UTF-8"),
            (f"client,domain\nBakery,{huge}\n", 2, "is not CSV: field larger than field limit"),
            (f"client,domain\nBakery,{huge[:5000]}\n", 2, "line 2, domain: is longer than 2048 characters"),
            ("client,colour\nBakery,red\n", 2, "the head line has unknown columns: colour"),
            ("domain\nbakery.test\n", 2, "the head line needs the column client"),
            ("client,domain,domain\n", 2, "names a column twice"),
            ('client,domain\n"Bakery,bakery.test\n', 2, "line 2 has a quote"),
            ("", 2, "the head line needs"),
            ("client,domain\n", 0, ""),
            ("\N{BYTE ORDER MARK}client,domain\r\nBakery,bakery.test\r\n", 0, ""),
        ]
        files = [csv(tmp_path, content, name=f"{number}.csv") for number, (content, _, _) in enumerate(cases)]
        for said, (_, code, words) in zip(shell.all(*[("import", file) for file in files]), cases, strict=True):
            assert (said.code, words in said.error, "Traceback" in said.error) == (code, True, False), said
        assert domains.count() == 1, "the last one's"
        assert shell("import", str(tmp_path / "nowhere.csv")).code == 2

    @ON_SQLITE
    def test_what_a_stranger_wrote_never_reaches_the_terminal_as_control_characters(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        cells = f"client,email,domain\nBak{ESCAPE}ery,a{ESCAPE}@b.test,bak{ESCAPE}ery.test\n"
        head = f"client,domain,dom{ESCAPE}ain\n"
        files = [csv(tmp_path, cells, name="cells.csv"), csv(tmp_path, head, name="head.csv")]
        for said in shell.all(*[("import", file, *more) for file in files for more in ((), ("--json",))]):
            assert said.code == 2
            text = said.out + said.error
            assert [one for one in text if not one.isprintable() and one != "\n"] == [], said


class TestTrigger:
    def test_a_task_is_enqueued_though_redis_is_away(self, shell: Shell) -> None:
        said = shell("trigger", "domains.check", "domain_id=7", "--json")
        assert said.code == 0
        assert said.json == {"job_id": 1, "run_id": None, "new": True}
        job = jobs.require(1)
        assert (job.task, job.args, job.state) == ("domains.check", {"domain_id": 7}, JobState.QUEUED)
        audited = connection.execute("SELECT action, subject FROM audit")
        assert audited == [("trigger", "domains.check")]

    def test_the_same_work_is_queued_once(self, shell: Shell) -> None:
        first, again = (shell("trigger", "domains.check", "domain_id=7", "--json") for _ in range(2))
        assert (first.json["new"], again.json) == (True, {"job_id": 1, "run_id": None, "new": False})
        assert shell("trigger", "domains.check", "domain_id=7").out == "job 1 is queued already\n"
        assert connection.execute("SELECT key FROM job") == [("domains.check:7",)]

    def test_a_fan_out_names_its_run(self, shell: Shell) -> None:
        said = shell("trigger", "domains.check_all")
        assert (said.code, said.out) == (0, "job 1, run 1 is queued\n")
        assert [one.id for one in runs.newest()] == [1]

    @ON_SQLITE
    def test_what_cannot_be_asked_for_is_named_and_nothing_is_queued(self, shell: Shell) -> None:
        cases = [
            (("domains.chekc",), "no task is named 'domains.chekc'; did you mean domains.check"),
            (("domains.check",), "domain_id: Field required"),
            (("domains.check", "domain_id=seven"), "domain_id: Input should be a valid integer"),
            (("domains.check", "domain_id=7", "color=red"), "color: Extra inputs are not permitted"),
            (("domains.check", "7"), "'7' is not of the form name=value"),
            ((f"x{ESCAPE}",), "no task is named"),
            (("domains.check", f"a{ESCAPE}=1"), "domain_id: Field required"),
        ]
        for said, (_, words) in zip(shell.all(*[("trigger", *call) for call, _ in cases]), cases, strict=True):
            assert (said.code, said.out) == (2, ""), said
            assert words in said.error
            assert not [one for one in said.error if not one.isprintable() and one != "\n"]
        assert jobs.newest() == []

    def test_wait_ends_with_0_only_if_every_job_ended_well(self, system: System, tmp_path: Path) -> None:
        system.start()
        shell = Shell(tmp_path, **system._environment({}))
        calls = [("tasks.write", "name=a"), ("tasks.fail", "how=rejected"), ("tasks.write_many", "number=3")]
        well, badly, many = shell.all(*[("trigger", *call, "--wait", "--json") for call in calls])
        assert (well.code, well.json["counts"]) == (0, {"done": 1})
        assert (badly.code, badly.json["counts"]) == (1, {"failed": 1})
        assert (many.code, many.json["counts"]) == (0, {"done": 4})
        assert (well.json["state"], badly.json["state"]) == ("done", "failed")
        calls = [("tasks.write", "name=b"), ("tasks.fail", "how=rejected"), ("tasks.write_many", "number=0")]
        said = [one.out for one in shell.all(*[("trigger", *call, "--wait") for call in calls])]
        for words, out in zip(
            (r"job \d+ is done", r"job \d+ is failed: Rejected: .+", r"job \d+ is done\nrun \d+: 1 done"),
            said,
            strict=True,
        ):
            assert re.fullmatch(f"{words}\n", out)


class TestJobs:
    def test_they_are_listed_with_why_they_do_not_run(self, shell: Shell) -> None:
        waiting, dead = do.running(), do.running()
        do.end(
            waiting,
            JobOutcome(
                JobState.QUEUED, AttemptOutcome.PARKED, delay_s=600, waits_for="no slot in the lane", uncounted=1
            ),
        )
        do.end(dead, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, f"Bug: {ESCAPE}"))
        listed, dead_ones, of_task = shell.all(
            ("jobs",), ("jobs", "--state", "dead", "--json"), ("jobs", "--task", "a.b", "--json")
        )
        assert listed.code == 0
        assert "no slot in the lane" in listed.out
        assert ESCAPE[:2] not in listed.out
        assert [(one["id"], one["state"]) for one in dead_ones.json] == [(dead.job_id, "dead")]
        assert of_task.json == []

    def test_one_is_shown_with_its_attempts(self, shell: Shell) -> None:
        claim = do.running(worker="worker-7")
        do.end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "ZeroDivisionError: a bug"))
        shown, plain = shell.all(("jobs", "show", "1", "--json"), ("jobs", "show", "1"))
        assert (shown.json["state"], shown.json["attempts"][0]["outcome"]) == ("dead", "dead")
        assert datetime.fromisoformat(shown.json["created_at"]).tzinfo
        assert "ZeroDivisionError: a bug" in plain.out
        assert "worker-7" in plain.out

    def test_all_that_died_of_late_are_retried_together(self, shell: Shell) -> None:
        for age_s in (60, 7200):
            claim = do.running()
            do.end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no"))
            do.move(claim.job_id, "finished_at", -age_s)
        retried = shell("jobs", "retry", "--state", "dead", "--since", "1h")
        assert (retried.code, retried.out) == (0, "1 jobs are queued\n")
        assert (
            shell("jobs", "retry", "--state", "dead", "--since", "1d", "--task", "mail.send").out
            == "0 jobs are queued\n"
        )
        unlike = shell("jobs", "retry", "--state", "dead", "--since", "1d", "--error", "timed out")
        assert unlike.out == "0 jobs are queued\n"
        assert shell("jobs", "retry", "--state", "dead", "--since", "1d", "--error", "NO").out == "1 jobs are queued\n"
        for odd in (("--state", "dead", "--since", "soon"), ("--state", "unknown"), (), ("7", "--state", "dead")):
            assert shell("jobs", "retry", *odd).code == 2

    def test_one_that_ended_badly_is_retried_and_a_queued_one_cancelled(self, shell: Shell) -> None:
        claim = do.running()
        do.end(claim, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no"))
        effects.begin("mail:1", "smtp.data", job_id=claim.job_id)
        retried = shell("jobs", "retry", str(claim.job_id))
        assert (retried.code, retried.out) == (0, f"job {claim.job_id} is queued\n")
        assert do.state(claim.job_id) is JobState.QUEUED
        cancelled = shell("jobs", "cancel", str(claim.job_id))
        assert (cancelled.code, cancelled.out) == (0, f"job {claim.job_id} is cancelled\n")
        assert do.state(claim.job_id) is JobState.CANCELLED
        actions = connection.execute("SELECT action, subject FROM audit ORDER BY id")
        assert actions == [("retry", f"job {claim.job_id}"), ("cancel", f"job {claim.job_id}")]

    def test_what_is_not_possible_is_bad_input(self, shell: Shell) -> None:
        done = do.running(key="check:1")
        do.end(done)
        dead = do.running(key="check:2")
        do.end(dead, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no"))
        do.queue(key="check:2")
        calls = [("cancel", f"{done.job_id}"), ("retry", f"{done.job_id}"), ("show", "41"), ("retry", f"{dead.job_id}")]
        words = ["has ended", "is done: only failed", "no job has the id 41", "is queued already"]
        for said, expected in zip(shell.all(*[("jobs", *call) for call in calls]), words, strict=True):
            assert (said.code, said.out) == (2, ""), said
            assert expected in said.error
        assert connection.execute("SELECT COUNT(*) FROM audit") == [(0,)]

    def test_runs_are_listed_with_the_states_of_their_jobs(self, shell: Shell) -> None:
        with connection.transaction():
            run_id = runs.open_("domains.check_all", then=None)
            runs.root(run_id, do.queue(run_id=run_id))
        shown, plain = shell.all(("runs", "--json"), ("runs",))
        assert [(one["id"], one["counts"]) for one in shown.json] == [(run_id, {"queued": 1})]
        assert "queued=1" in plain.out


class TestSchedules:
    def test_they_are_listed_paused_edited_and_run(self, shell: Shell) -> None:
        listed = {one["name"]: one for one in shell("schedules", "--json").json}
        assert listed["domains"]["cron"] == "17 * * * *"
        assert datetime.fromisoformat(listed["domains"]["next"]) > datetime.now(UTC)
        assert shell("schedules", "pause", "domains", "--because", "moving house").code == 0
        assert schedules.overrides()["domains"].paused_because == "moving house"
        edited = shell("schedules", "edit", "domains", "--cron", "5 4 * * *", "--zone", "Europe/Berlin")
        assert edited.out == "domains: 5 4 * * * (Europe/Berlin)\n"
        fired = shell("schedules", "run", "domains", "--json")
        assert fired.json == {"job_id": 1, "run_id": 1, "new": True}
        (listed_again,) = [one for one in shell("schedules", "--json").json if one["name"] == "domains"]
        assert (listed_again["cron"], listed_again["zone"]) == ("5 4 * * *", "Europe/Berlin")
        assert "moving house" in listed_again["paused"]
        assert listed_again["last"].startswith("fired ")
        assert shell("schedules", "resume", "domains").out == "domains fires again\n"
        assert schedules.overrides()["domains"].paused_at is None

    @ON_SQLITE
    def test_what_cannot_be_is_named(self, shell: Shell) -> None:
        cases = [
            (
                ("pause", "domain", "--because", "x"),
                "no schedule is named 'domain'; there are domains, dns, certificates",
            ),
            (("resume", "domain"), "no schedule is named 'domain'"),
            (("run", "domain"), "no schedule is named 'domain'"),
            (("edit", "domains", "--cron", "61 * * * *"), "minute: '61' cannot be read"),
            (("edit", "domains", "--zone", "Atlantis"), "zone: 'Atlantis' is not known"),
            (("pause", "domains"), "--because"),
        ]
        for said, (_, words) in zip(shell.all(*[("schedules", *call) for call, _ in cases]), cases, strict=True):
            assert (said.code, said.out) == (2, ""), said
            assert words in said.error
        assert schedules.overrides() == {}


def unscanned(since: datetime) -> None:
    """Enter a file from outside that nobody has scanned since then."""
    new = NewDocument(
        owner=Subject("client", 1), name="a.pdf", content_type="", size=1, sha256="ab", storage_key="a", added_by="ada"
    )
    documents.add(new)
    connection.execute("UPDATE kept_document SET added_at = %s", stored(since))


class TestDoctor:
    def findings(self, said: Said) -> dict[str, str]:
        return {one["name"]: one["verdict"] for one in said.json}

    def test_a_fresh_system_lacks_only_its_processes(self, shell: Shell, redis_server: RedisServer) -> None:
        said = shell("doctor", "--json", REDIS_URL=redis_server.url)
        found = self.findings(said)
        assert said.code == 1
        assert {name for name, verdict in found.items() if verdict != "ok"} == {"workers", "schedules"}
        assert (found["workers"], found["schedules"]) == ("fail", "warn")

    def test_a_system_at_work_is_well_and_warnings_alone_end_with_0(
        self, shell: Shell, redis_server: RedisServer
    ) -> None:
        workers.started("worker-1", host="here", pid=1, queues=["default"])
        for name in ("domains", "invoices"):
            schedules.enter(name)
        leases.take("scheduler", "here:1", for_s=600)
        well = shell("doctor", "--json", REDIS_URL=redis_server.url)
        assert (well.code, set(self.findings(well).values())) == (0, {"ok"})
        away = shell("doctor")
        assert away.code == 0
        assert shell("doctor", "--strict").code == Exit.WARNED
        leases.take(leases.UNTRUSTED_PROXY, "::1", for_s=600)
        assert "Set NOLAPSE_TRUSTED_PROXIES=::1/128" in shell("doctor").out
        assert "warn  redis: it does not answer" in away.out

    def test_what_should_have_happened_and_did_not_fails(self, shell: Shell, redis_server: RedisServer) -> None:
        workers.started("worker-1", host="here", pid=1, queues=["default"])
        schedules.enter("certificates")
        gone = {one["name"]: one for one in shell("doctor", "--json", REDIS_URL=redis_server.url).json}
        assert gone["schedules"]["verdict"] == "fail"
        assert "no scheduler leads" in gone["schedules"]["words"]
        leases.take("scheduler", "here:1", for_s=600)
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with connection.transaction():
            connection.execute("UPDATE schedule SET decided_until = %s", stored(long_ago))
            mail_id, _ = outbox.add(LETTER, host="nolapse.test")
            connection.execute("UPDATE mail SET created_at = %s WHERE id = %s", stored(long_ago), mail_id)
        measurements.add("resolver", "silent", calls=20, seconds=0.0)
        unscanned(long_ago)
        said = shell("doctor", "--json", REDIS_URL=redis_server.url)
        late = {one["name"]: one for one in said.json}
        assert said.code == 1
        assert [late[name]["verdict"] for name in ("schedules", "outbox", "services")] == ["fail", "fail", "warn"]
        assert late["schedules"]["words"] == "overdue, and nobody has decided what becomes of it: certificates"
        assert late["outbox"]["words"] == "1 mail waits, the oldest for 60 min, and none has ever been sent"
        assert late["services"]["words"] == "resolver answers nothing"
        assert (late["documents"]["verdict"], late["documents"]["words"]) == (
            "warn",
            "a file has waited for the virus scanner for more than half an hour; nobody can open it",
        )

    def test_what_is_broken_is_said_with_what_to_do(self, shell: Shell) -> None:
        workers.started("worker-1", host="here", pid=1, queues=["default"])
        do.let_claim_run_out(do.running(worker="worker-1").job_id)
        do.move(do.queue(task="gone.away"), "run_at", -3600)
        do.end(do.running(worker="worker-1"), JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "no"))
        client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
        self.invoice_twice_and_remove_one(client_id)
        said = shell("doctor", "--json")
        found = {one["name"]: one for one in said.json}
        assert said.code == 1
        assert (found["invoice numbers"]["verdict"], found["invoice numbers"]["words"]) == (
            "fail", "series INV: numbers go to 2, 1 invoices exist",
        )  # fmt: skip
        assert found["claims"]["words"].startswith("1 running jobs have no worker")
        assert "default" in found["waiting"]["words"]
        assert "gone.away" in found["tasks"]["words"]
        assert found["dead letters"]["words"] == "1 dead"
        assert all(one["advice"] for one in said.json if one["verdict"] != "ok")

    def invoice_twice_and_remove_one(self, client_id: int) -> None:
        for number in range(2):
            subscriptions.subscribe(
                Subscription(
                    client_id=client_id,
                    description=f"Care {number}",
                    price_minor=100,
                    currency="EUR",
                    months=12,
                    tax_basis_points=0,
                    anchor=NOW.date(),
                )
            )
            with connection.transaction():
                lines = billing_due.of_client(client_id, on=NOW.date()).lines
                invoices.issue(client_id, lines[number:], series="INV", on=NOW.date(), due_days=14)
        do.let_issued_be_removed()
        with connection.transaction():
            connection.execute("DELETE FROM invoice_line WHERE invoice_id = 1")
            connection.execute("DELETE FROM invoice WHERE id = 1")

    @ON_SQLITE
    @pytest.mark.parametrize("redis_server", [{"policy": "allkeys-lru"}], indirect=True)
    def test_a_redis_that_may_evict_fails_and_names_the_setting(self, shell: Shell, redis_server: RedisServer) -> None:
        said = shell("doctor", REDIS_URL=redis_server.url)
        assert said.code == 1
        assert "fail  redis: Redis has maxmemory-policy allkeys-lru" in said.out
        assert "CONFIG SET maxmemory-policy noeviction" in said.out

    @ON_SQLITE
    def test_a_redis_that_another_uses_too_is_noticed(self, shell: Shell, redis_server: RedisServer) -> None:
        with redis_server.client() as client:
            client.rpush("dramatiq:default", "987654")
        said = shell("doctor", REDIS_URL=redis_server.url)
        assert "Redis announces 1 jobs that the ledger does not have (such as 987654)" in said.out

    def test_a_database_that_was_not_migrated_fails_and_says_what_to_run(self, shell: Shell) -> None:
        with connection.transaction():
            connection.execute("DELETE FROM schema_migration WHERE name = '0001_initial'")
        said = shell("doctor")
        assert said.code == 1
        assert "fail  migrations: not applied: 0001_initial" in said.out
        assert "Run `nolapse migrate`" in said.out


class TestSettings:
    def test_a_database_that_is_away_or_wrong_is_said_without_its_password(self, tmp_path: Path) -> None:
        shell = Shell(tmp_path)
        (tmp_path / "notes.txt").write_text("not a database " * 100)
        urls = [
            (f"postgresql://nolapse:{SECRET}@127.0.0.1:1/none", 3),
            (f"postgresql://nolapse:{SECRET}%zz@127.0.0.1/none", 2),
            (f"postgresql://nolapse:{SECRET}@127.0.0.1:port/none", 2),
            (f"postgresql://nolapse:{SECRET}@127.0.0.1/none?no_such_option=1", 2),
            (f"mysql://nolapse:{SECRET}@127.0.0.1/none", 2),
            (f"sqlite:///{tmp_path / 'notes.txt'}", 3),
            (f"sqlite:///{tmp_path / 'nowhere' / 'nolapse.db'}", 2),
            (f"sqlite:///{tmp_path}", 2),
        ]
        calls = [((command,), {"DATABASE_URL": url}) for url, _ in urls for command in ("jobs", "migrate")]
        for number, said in enumerate(shell.each(calls)):
            url, code = urls[number // 2]
            assert (said.code, said.out) == (code, ""), (url, said)
            assert len(said.error.splitlines()) == 1, (url, said)
            assert SECRET not in said.error

    def test_the_doctor_says_so_too_and_keeps_the_password(self, tmp_path: Path) -> None:
        said = Shell(tmp_path)("doctor", DATABASE_URL=f"postgresql://nolapse:{SECRET}@127.0.0.1:1/none")
        assert said.code == 1
        assert "fail  database: it does not answer: " in said.out
        assert "mend DATABASE_URL" in said.out
        assert SECRET not in said.out + said.error

    def test_each_malformed_one_is_named_with_its_value_but_never_a_secret(self, tmp_path: Path) -> None:
        cases = {
            "NOLAPSE_CLAIM_S": "soon",
            "NOLAPSE_WORKER_PROCESSES": "0",
            "NOLAPSE_HOSTS": "{",
            "NOLAPSE_ALLOWED_NETWORKS": "10.0.0.0/64",
            "NOLAPSE_INVOICE_SERIES": "in voice",
            "NOLAPSE_LOG_LEVEL": "loud",
            "NOLAPSE_TASK_MODULES": "no.such.module",
            "NOLAPSE_ENVIRONMENT": "moon",
            "REDIS_URL": f"redis://:{SECRET}@localhost:port",
            "DATABASE_URL": f"oracle://nolapse:{SECRET}@localhost",
            "NOLAPSE_SMTP_URL": f"http://nolapse:{SECRET}@localhost",
        }
        shell = Shell(tmp_path)
        for said, (name, value) in zip(
            shell.each([(("jobs",), {name: value}) for name, value in cases.items()]), cases.items(), strict=True
        ):
            assert (said.code, said.out) == (2, ""), said
            assert name in said.error
            assert SECRET not in said.error
            if SECRET not in value:
                assert repr(value) in said.error
            assert "Traceback" not in said.error

    def test_all_that_are_malformed_are_named_at_once(self, tmp_path: Path) -> None:
        said = Shell(tmp_path)("jobs", NOLAPSE_CLAIM_S="soon", NOLAPSE_LOG_LEVEL="loud")
        assert len(said.error.splitlines()) == 2


class TestLook:
    """Commands that look at the world and need no database."""

    def domain(self, name: str, *, days: float = 400, registration: RegistryState = RegistryState.REGISTERED) -> Domain:
        return Domain(
            name=name,
            client="Bakery",
            speaks=Speaks.WHOIS,
            registration=registration,
            registrar=f"Sandbox{ESCAPE} Names",
            created=NOW - timedelta(days=400),
            expires=NOW + timedelta(days=days),
            nameservers=("ns1.dns.test",),
        )

    def test_a_domain_is_asked_for_now(self, tmp_path: Path) -> None:
        names = ("good.example", "soon.example", "gone.example", "free.example")
        truths = [self.domain(name, days=days) for name, days in zip(names[:3], (400, 5, -3), strict=True)]
        truths.append(self.domain("free.example", registration=RegistryState.AVAILABLE))
        with World(Portfolio((), tuple(truths), ()), tmp_path) as world:
            shell = Shell(tmp_path, **world.environment())
            codes = [said.code for said in shell.all(*[("domain", name) for name in names])]
            assert codes == [0, 1, 1, 1]
            shown, plain = shell.all(("domain", names[0], "--json"), ("domain", f"https://www.{names[0]}/x"))
            assert (shown.json["answer"], shown.json["said"]["expires"]["source"]) == ("registered", "whois")
            assert datetime.fromisoformat(shown.json["expires"]) == truths[0].expires
            assert "raw" not in shown.json
            for said in (shown, plain):
                assert not [one for one in said.out if not one.isprintable() and one != "\n"]
            explained = shell("domain", names[0], "--explain")
            assert f"1. WHOIS at {world.whois.registry_address} (registry): registered" in explained.out
            assert "| Registry Expiry Date: " in explained.out
            world.whois._registry.conduct.default = Behaviour.HANG_UP
            silent = shell("domain", names[0])
            assert silent.code == 3
            assert "hung up without an answer" in silent.error

    def test_a_name_that_is_none_is_bad_input(self, tmp_path: Path) -> None:
        shell = Shell(tmp_path)
        cases = [
            ("no domain at all", "give the name alone"),
            ("192.0.2.1", "is an IP address"),
            ("co.uk", "public suffix"),
            ("bakery.nosuchtld", "no top-level domain"),
            (f"x{ESCAPE}.com", "control character"),
        ]
        for said, (_, words) in zip(shell.all(*[("domain", name) for name, _ in cases]), cases, strict=True):
            assert (said.code, said.out) == (2, ""), said
            assert words in said.error
            assert ESCAPE[:2] not in said.error


def test_a_command_that_is_interrupted_while_it_waits_ends_at_once_and_without_a_trace(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell("migrate").code == 0
    command = [sys.executable, "-m", "cli.main", "trigger", "retention.prune", "--wait"]
    waiting = subprocess.Popen(command, cwd=ROOT, env=shell.variables, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    connection.connect(f"sqlite:///{tmp_path / 'home' / 'nolapse.db'}")
    eventually(lambda: do.at_once(1, lambda _: jobs.newest())[0], what="the job is queued")
    waiting.send_signal(signal.SIGINT)
    _, error = waiting.communicate(timeout=WITHIN_S)
    connection.database.obj.close_all()
    assert waiting.returncode not in {0, None}
    assert b"Traceback" not in error
