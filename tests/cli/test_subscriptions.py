"""``nolapse subscriptions``: entered, imported after a dry run, changed and ended from the command line."""

from pathlib import Path

from db.access import audit
from db.billing import subscriptions
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
HOSTING = ("client=Bakery", "description=Hosting", "price=31", "interval=P1M", "tax=19", "start=2026-11-01")


def entered() -> int:
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    return domains.add("bakery.example", client_id=client_id)[0]


def count() -> int:
    return subscriptions.LIST.count().number


def test_a_subscription_is_added_changed_paused_resumed_and_ended(shell: Shell) -> None:  # noqa: F811
    entered()
    assert shell("subscriptions", "add", *HOSTING, "--json").json["next_due"] == "2026-11-01"
    changed = shell("subscriptions", "change", "1", "begin=2027-01-01", "quantity=2", "--json").json
    assert [one["quantity"] for one in changed["terms"]] == ["1", "2"]
    assert shell("subscriptions", "pause", "1", "2027-02-01", "--resumes", "2027-03-01").code == 0
    assert shell("subscriptions", "resume", "1", "2027-02-15").code == 0
    assert shell("subscriptions", "end", "1", "2027-04-01", "--json").json["until"] == "2027-04-01"
    assert "ends 2027-04-01" in shell("subscriptions", "list").out
    assert [one.action for one in audit.LIST.page("-id").rows][:2] == ["subscription end", "subscription resume"]


def test_what_cannot_be_billed_names_its_fields_and_ends_with_two(shell: Shell) -> None:  # noqa: F811
    entered()
    said = shell("subscriptions", "add", *HOSTING, "price=12.3456", "quantity=-1", "currency=QQQ")
    assert (said.code, count()) == (2, 0)
    for part in ("price: ", "quantity: a quantity is from 0", "currency: 'QQQ' is no currency"):
        assert part in said.error
    assert "is not FIELD=VALUE" in shell("subscriptions", "add", "Bakery").error
    assert shell("subscriptions", "end", "9", "2027-01-01").code == 2
    assert shell("subscriptions", "add", *HOSTING).code == 0
    assert "is no day" in shell("subscriptions", "pause", "1", "tomorrow").error


def test_a_file_is_imported_after_a_dry_run_and_again_changes_nothing(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    entered()
    file = tmp_path / "subscriptions.csv"
    file.write_text(
        "client,domain,description,price,interval,tax,start\n"
        "Bakery,bakery.example,Care,29.00,P1Y,19,2026-11-01\n"
        "Bakery,,Hosting,9.50,P1M,19,2026-11-01\n"
        "Bakery,,Hosting,9.50,P1M,19,2026-11-01\n"
    )
    dry = shell("subscriptions", "import", str(file), "--dry-run")
    assert (dry.code, count()) == (0, 0)
    assert "line 2: new, Bakery: Care" in dry.out
    assert "line 4: there already" in dry.out
    assert "would be new: 2" in dry.out
    assert (shell("subscriptions", "import", str(file), "--json").json["new"], count()) == (2, 2)
    assert (shell("subscriptions", "import", str(file), "--json").json["new"], count()) == (0, 2)


def test_one_bad_line_and_nothing_is_imported_unless_the_good_ones_are_to_be_kept(
    shell: Shell,  # noqa: F811
    tmp_path: Path,
) -> None:
    entered()
    file = tmp_path / "subscriptions.csv"
    file.write_text(
        "client,description,price,interval,tax,quantity,start,coupon\n"
        "Bakery,Care,29.00,P1Y,19,1,2026-11-01,\nNobody,Care,1.234,P1Y,1_9,1e2,20261101,NONE\n",
        encoding="utf-8",
    )
    refused = shell("subscriptions", "import", str(file))
    assert (refused.code, count()) == (2, 0)
    assert "line 3, client: no client is called 'Nobody'" in refused.error
    assert "line 3, price: 1.234 has more decimals than EUR" in refused.error
    assert "line 3, tax: '1_9'" in refused.error
    assert "line 3, quantity: '1e2' is no number" in refused.error
    assert "line 3, start: '20261101' is no day" in refused.error
    assert "line 3, coupon: no coupon has the code 'NONE'" in refused.error
    kept = shell("subscriptions", "import", str(file), "--keep-good")
    assert (kept.code, count()) == (1, 1)


def test_a_file_that_is_none_is_refused(shell: Shell, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "subscriptions.csv"
    for text, why in (("what,price\n", "unknown columns"), ("price\n1\n", "needs the column client")):
        file.write_text(text)
        said = shell("subscriptions", "import", str(file))
        assert (said.code, why in said.error) == (2, True)
