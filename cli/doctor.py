"""``nolapse doctor``: checks that a live system is consistent, and says in plain words what is wrong and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

import settings
from cli import machine_checks, redis_checks
from cli.check_results import IDS_SHOWN, NAMED, CheckResult, CheckVerdict, capped, fail, line, ok, some, warn
from cli.output import AsJson, Exit, complaining, print_json, screen
from db import connection, migrate
from db.access import audit_seals
from db.billing import invoice_audit
from db.ledger import health, schedules, workers
from db.outside import lanes
from db.payments import webhooks
from db.payments.webhooks import WebhookState
from rules.access.oidc import BadProvider
from rules.rate_limits import circuit_breaker
from schedules import overdue as schedules_health
from schedules.overdue import Omission
from schedules.table import TIMETABLE
from settings import logs
from tasks.access import oidc
from tasks.engine import catalogue
from tasks.engine.errors import UnknownTask
from tasks.engine.task import find
from tasks.outside import probes

app = typer.Typer()

_SILENT_S = 30
_OLD_S = 60
_AUDITED = 10_000


@app.command()
def doctor(
    *,
    outside: Annotated[bool, typer.Option("--outside", help="Try every outside service that is set up, too.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 where something only warns.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check the settings, the database, Redis, workers, schedules, and that the ledger is consistent.

    With --outside also the resolver, the RDAP bootstrap, the WHOIS root, the mail relay (no mail is sent), providers of
    identities and error reports. Exit code 0 unless something fails (1); warnings alone leave it at 0, or make it 4
    with --strict.
    """
    with complaining():
        config = settings.current()
        logs.configure(json=False, level="error", secrets=config.secrets())
        catalogue.load()
        connection.connect(config.database_url, deadline_s=config.database_deadline_s)
        findings = [*examine(), *(_outside() if outside else ())]
    if as_json:
        print_json([asdict(one) for one in findings])
    else:
        _print(findings)
    if any(one.verdict is CheckVerdict.FAIL for one in findings):
        raise typer.Exit(Exit.WRONG)
    if strict and any(one.verdict is CheckVerdict.WARN for one in findings):
        raise typer.Exit(Exit.WARNED)


def examine() -> Iterator[CheckResult]:
    """Make all checks, but for those that cannot be made because the database is away or a migration is pending."""
    yield machine_checks.home()
    yield machine_checks.disks()
    try:
        with connection.session():
            pending = migrate.pending()
            yield machine_checks.migrations(pending)
            if not pending:
                yield from _examine_database()
                yield machine_checks.proxy()
                yield from redis_checks.examine(health.unknown_ids)
                return
    except connection.Unreachable as error:
        yield fail("database", f"it does not answer: {line(error)}", "Start it, or mend DATABASE_URL.")
    yield from redis_checks.examine(None)


def _examine_database() -> Iterator[CheckResult]:
    """Make the checks that need a database with the schema of this release."""
    yield machine_checks.writes()
    yield machine_checks.history()
    lacks = schedules_health.missing()
    for check in (machine_checks.clock, _workers, _claims, _waiting, _lanes, _tasks):
        yield check()
    for of_lacks in (_timetable, _outbox, _services, _documents):
        yield of_lacks(lacks)
    for check in (_payments, _vat_ids, _numbers, _audit, _bad_ends, providers):
        yield check()


def providers() -> CheckResult:
    """Check which identity providers are set, and whose metadata is not fresh; asks no provider."""
    unknown: list[str] = []
    for key, one in settings.current().oidc.items():
        try:
            known = one.is_github or oidc.known_metadata(one) is not None
        except BadProvider as error:
            return fail("providers", f"{key}: {error}", f"Mend NOLAPSE_OIDC: {one.issuer} is another issuer.")
        unknown += [] if known else [key]
    if unknown:
        return warn(
            "providers",
            f"nothing fresh is known of {', '.join(unknown)}",
            f"Run `nolapse trigger oidc.discover provider={unknown[0]} --wait`, and see what it says.",
        )
    return ok("providers", f"{len(settings.current().oidc)} sign people in besides us")


def _workers() -> CheckResult:
    alive = workers.alive()
    silent = [one for one in alive if one.silent_s > _SILENT_S]
    working = len(alive) - len(silent)
    if not working:
        return fail("workers", "no worker is running: nothing is done", "Start `nolapse up` or `nolapse worker`.")
    if silent:
        names = ", ".join(f"{one.host}:{one.pid}" for one in silent[:IDS_SHOWN])
        return warn(
            "workers", f"{working} work, {len(silent)} fell silent ({names})", "Look whether these processes live."
        )
    return ok("workers", f"{working} work")


def _claims() -> CheckResult:
    orphans = health.orphans()
    if orphans:
        return warn(
            "claims",
            f"{len(orphans)} running jobs have no worker (such as {some(orphans)})",
            "The scheduler takes them back within seconds; if this stays, see whether it runs.",
        )
    return ok("claims", "every running job has its worker")


def _waiting() -> CheckResult:
    old = {queue: age for queue, age in health.oldest_due_s().items() if age > _OLD_S}
    if old:
        words = ", ".join(f"{queue} {age:.0f} s" for queue, age in sorted(old.items()))
        return warn("waiting", f"due jobs wait long: {words}", "Run more workers, or see what holds these.")
    return ok("waiting", "no due job waits long")


def _lanes() -> CheckResult:
    shut = {name: seen for name, seen in lanes.troubled().items() if circuit_breaker.open_s(seen.state, seen.now)}
    if shut:
        words = "; ".join(circuit_breaker.reason(name, seen.state) for name, seen in sorted(shut.items())[:NAMED])
        more = f", and {len(shut) - NAMED} more" if len(shut) > NAMED else ""
        return warn("lanes", f"look-ups wait for {words}{more}", "They go on by themselves; see docs/lanes.md.")
    return ok("lanes", "every registry may be asked")


def _tasks() -> CheckResult:
    unknown = health.unknown_tasks(list(catalogue.load()))
    if unknown:
        return warn(
            "tasks",
            f"queued jobs name tasks that this release does not know: {', '.join(unknown[:IDS_SHOWN])}",
            "Start a worker of the release that knows them, set NOLAPSE_TASK_MODULES, or cancel them.",
        )
    return ok("tasks", "every queued job's task is known")


def _timetable(lacks: Sequence[Omission]) -> CheckResult:
    unknown = [line.name for line in TIMETABLE if not _is_task(line.task)]
    if unknown:
        return fail("schedules", f"these name unknown tasks: {', '.join(unknown)}", "Mend schedules/table.py.")
    rows = schedules.overrides()
    if not rows:
        return warn("schedules", "no scheduler has run yet", "Start `nolapse up` or `nolapse scheduler`.")
    if words := _joined_words(lacks, "schedules"):
        return fail("schedules", words, "Start `nolapse up` or `nolapse scheduler`.")
    now = schedules.now()
    paused = [name for name, row in rows.items() if row.pauses(now)]
    if paused:
        return warn("schedules", f"paused: {', '.join(sorted(paused))}", "`nolapse schedules resume NAME`")
    return ok("schedules", f"{len(rows)} schedules, none paused")


def _outbox(lacks: Sequence[Omission]) -> CheckResult:
    if words := _joined_words(lacks, "outbox"):
        return fail(
            "outbox",
            words,
            "See what `nolapse jobs --state queued --task mail.send` wait for; --outside tries the relay.",
        )
    return ok("outbox", "mails go out as they come")


def _services(lacks: Sequence[Omission]) -> CheckResult:
    if words := _joined_words(lacks, "services"):
        return warn("services", words, "`nolapse doctor --outside` tries each of them.")
    return ok("services", "each that was called of late has answered")


def _documents(lacks: Sequence[Omission]) -> CheckResult:
    """Check where documents are kept and whether uploads are taken in; asks neither storage nor scanner."""
    if words := _joined_words(lacks, "documents"):
        return warn(
            "documents",
            words,
            "`nolapse doctor --outside` tries the scanner; see what `nolapse jobs --task virus_scans.scan` wait for.",
        )
    config = settings.current()
    taken = f"scanned by {config.clamd_address}" if config.takes_uploads else "none is taken in (NOLAPSE_CLAMD_URL)"
    kept = config.storage_address(config.home)
    return ok("documents", f"kept in {kept}; files from outside: {taken}")


def _payments() -> CheckResult:
    """Check whether clients can pay by Stripe, and whether its events are folded; does not ask Stripe."""
    config = settings.current()
    if config.stripe_key is None:
        return ok("payments", "none online: NOLAPSE_STRIPE_KEY is not set")
    if not config.stripe_signing_secrets:
        return warn(
            "payments",
            "Stripe's webhooks are refused, so payments are seen only when they are asked for",
            "Set NOLAPSE_STRIPE_WEBHOOK_SECRETS (docs/operate.md).",
        )
    if failed := webhooks.not_folded().get(WebhookState.FAILED):
        return warn(
            "payments",
            f"{failed} of Stripe's events could not be folded",
            "See why at /webhooks?state=failed, and fold them again there.",
        )
    mode = "live" if config.stripe_is_live else "test"
    return ok("payments", f"by Stripe, {mode} mode; every event is folded or under way")


def _vat_ids() -> CheckResult:
    """Check whether VAT-IDs are verified at VIES; does not ask VIES."""
    if not settings.current().vies_url:
        return ok("VAT-IDs", "format and check digit alone: NOLAPSE_VIES_URL is not set")
    return ok("VAT-IDs", "put to VIES when entered, and each month")


def _joined_words(lacks: Sequence[Omission], name: str) -> str:
    return "; ".join(one.words for one in lacks if one.name == name)


def _outside() -> Iterator[CheckResult]:
    for probe in probes.probe_all():
        if probe.wrong is None:
            yield ok(probe.name, "it works")
        else:
            yield fail(probe.name, capped(probe.wrong), "Mend its setting (docs/operate.md), or its network.")


def _is_task(task: str) -> bool:
    try:
        find(task)
    except UnknownTask:
        return False
    return True


def _numbers() -> CheckResult:
    gaps = invoice_audit.gaps()
    if gaps:
        return fail("invoice numbers", "; ".join(gaps), "Do not issue more; find out who removed an invoice.")
    return ok("invoice numbers", "no gap and no double")


def _audit() -> CheckResult:
    found = audit_seals.verify(newest=_AUDITED)
    if found.wrong:
        return fail(
            "audit trail",
            "; ".join(found.wrong[:NAMED]),
            "Somebody with the owner's role wrote to the database: `nolapse audit verify`, and compare with a backup.",
        )
    return ok("audit trail", f"the newest {found.sealed} entries are as they were written")


def _bad_ends() -> CheckResult:
    states = health.states()
    bad = {state: states[state] for state in ("dead", "unknown") if states.get(state)}
    if bad:
        words = ", ".join(f"{number} {state}" for state, number in bad.items())
        return warn("dead letters", words, "`nolapse jobs --state dead`; `nolapse jobs retry ID`")
    return ok("dead letters", "none")


def _print(findings: list[CheckResult]) -> None:
    colours = {CheckVerdict.OK: "green", CheckVerdict.WARN: "yellow", CheckVerdict.FAIL: "red"}
    for one in findings:
        screen.print(
            Text(f"{one.verdict:5}", style=colours[one.verdict]), Text(f"{one.name}: {one.words}"), soft_wrap=True
        )
        if one.advice:
            screen.print(Text(f"      {one.advice}", style="dim"), soft_wrap=True)
