"""``nolapse alerts``: what is open, and what is done about it."""

from db.access import audit
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.checks.subjects import Subject
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def raised(number: int) -> int:
    notice = Notice(kind="domain_expiry", stage=7, headline=f"bakery-{number}.test expires")
    (alert_id,) = alerts.reconcile([Standing(subject=Subject("domain", number), notices=(notice,))])
    return alert_id


def test_what_is_open_is_listed_and_one_is_shown_with_its_history(shell: Shell) -> None:  # noqa: F811
    first, second = raised(1), raised(2)
    listed = shell("alerts", "--json").json
    assert [one["id"] for one in listed] == [first, second]
    assert "bakery-1.test expires" in shell("alerts").out
    shown = shell("alerts", "show", str(first), "--json").json
    assert [one["kind"] for one in shown["history"]] == ["opened"]
    assert "bakery-1.test expires" in shell("alerts", "show", str(first)).out


def test_each_action_is_done_and_in_the_trail(shell: Shell) -> None:  # noqa: F811
    ids = [raised(1), raised(2)]
    for action, options in (("ack", ()), ("snooze", ("--hours", "3")), ("note", ()), ("close", ())):
        said = shell("alerts", action, *map(str, ids), *options, "--note", "why", "--json")
        assert (said.code, [one["id"] for one in said.json]) == (0, ids), said.error
        assert {(one.action, one.details["note"]) for one in audit.LIST.page("-id").rows[:2]} == {
            (f"alert {action}", "why")
        }
    assert alerts.open_() == []


def test_where_one_cannot_be_none_is(shell: Shell) -> None:  # noqa: F811
    alert_id = raised(1)
    said = shell("alerts", "ack", str(alert_id), "99")
    assert said.code == 2
    assert "no alert has the id 99" in said.error
    assert alerts.get(alert_id).state.acknowledged_at is None
    shell("alerts", "close", str(alert_id))
    assert "not open any more" in shell("alerts", "ack", str(alert_id)).error
    assert shell("alerts", "note", str(alert_id), "--note", "a\nb").code == 2
