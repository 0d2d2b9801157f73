"""Mails that let people in, to the sandbox's relay: the link stands in the mail alone, and only its person gets it."""

import re
from collections.abc import Callable

import pytest

import settings
from db import connection
from db.access import mailed_links, secret_tokens, users
from db.access.mailed_links import LinkPurpose
from db.ledger import jobs
from db.mail import outbox
from db.mail.outbox import MailState
from rules.access import Role
from rules.jobs import JobState
from sandbox.behaviour import Behaviour
from sandbox.world import World
from tasks import access, mail
from tests.faults.marks import on_sqlite
from tests.support.worker import Worker

Sandbox = Callable[..., World]
ADA = "ada@agency.test"


def person(name: str = "ada", email: str | None = ADA, **fields: str) -> int:
    return users.add(name, Role.OPERATOR, email=email, **fields)


def body(world: World, form: str = "plain") -> str:
    """Return the text of the newest mail that the relay took."""
    part = world.smtp.mailbox[-1].message.get_body((form,))
    assert part
    return part.get_content()


def mailed(world: World) -> str:
    """Return the token of the newest mail that the relay took."""
    found = re.search(r"https?://\S+/([\w-]{43})", body(world))
    assert found
    return found[1]


def stored_hash() -> str:
    return connection.execute("SELECT token_hash FROM mailed_link")[0][0]


def dumped() -> str:
    """Return all that the database holds, as text."""
    tables = ("mail", "mailed_link", "job", "attempt", "audit", "account", "effect", "throttle")
    return str([connection.execute(f"SELECT * FROM {table}") for table in tables])


def test_a_link_goes_to_the_address_and_stands_in_the_mail_alone(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    user_id = person()
    access.request_link.enqueue(email=ADA, purpose="sign-in")
    worker.drain()
    token = mailed(world)
    assert token not in dumped()
    (job,) = jobs.newest(task="access.send_link")
    kept = outbox.get(int(str(job.args["mail_id"])))
    assert (kept.state, kept.recipient) == (MailState.SENT, ADA)
    assert access.PLACEHOLDER in kept.text
    assert f'/{token}"' in body(world, "html")
    assert mailed_links.holder(secret_tokens.hashed(token), LinkPurpose.SIGN_IN) == user_id
    assert mailed_links.holder(secret_tokens.hashed(token), LinkPurpose.RESET) is None, "it is good for one purpose"


@on_sqlite
def test_the_address_of_the_link_is_ours_whatever_a_request_said(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    person()
    with settings.override(public_url="https://nolapse.agency.example"):
        access.request_link.enqueue(email=ADA, purpose="reset")
        worker.drain()
    assert re.findall(r"https?://[^/\s]+", body(world)) == ["https://nolapse.agency.example"]


@on_sqlite
@pytest.mark.parametrize("who", ["nobody", "disabled"])
def test_nothing_is_mailed_where_nobody_may_come_in(sandbox: Sandbox, worker: Worker, who: str) -> None:
    world = sandbox()
    if who == "disabled":
        users.disable(person())
    access.request_link.enqueue(email=ADA, purpose="reset")
    (ran,) = worker.drain()
    assert ran.state is JobState.DONE
    assert len(world.smtp.mailbox) == 0


@on_sqlite
def test_a_mail_that_is_tried_again_has_another_link_and_the_first_is_worth_nothing(
    sandbox: Sandbox, worker: Worker
) -> None:
    world = sandbox()
    person()
    world.smtp.conduct.by_name[ADA] = Behaviour.HANG_UP
    access.request_link.enqueue(email=ADA, purpose="reset")
    worker.drain()
    (job,) = jobs.newest(task="access.send_link")
    first = stored_hash()
    world.smtp.conduct.by_name.clear()
    worker.run(job.id)
    assert (
        secret_tokens.hashed(mailed(world)) == connection.execute("SELECT token_hash FROM mailed_link")[0][0] != first
    )


def test_a_newer_link_of_the_same_purpose_ends_the_one_before(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    user_id = person()
    tokens = []
    for _ in range(2):
        access.request_link.enqueue(email=ADA, purpose="reset")
        worker.drain()
        tokens.append(secret_tokens.hashed(mailed(world)))
    assert [mailed_links.holder(one, LinkPurpose.RESET) for one in tokens] == [None, user_id]


@on_sqlite
def test_an_address_that_was_changed_before_the_mail_went_out_gets_no_link(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    user_id = person()
    access.request_link.enqueue(email=ADA, purpose="reset")
    worker.drain(access.request_link)
    users.set_email(user_id, "ada@elsewhere.test")
    worker.drain()
    assert len(world.smtp.mailbox) == 0
    assert outbox.counts()["failed"] == 1


@on_sqlite
def test_the_plain_task_sends_no_link_if_somebody_triggers_it(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    person()
    access.request_link.enqueue(email=ADA, purpose="reset")
    worker.drain(access.request_link)
    (job,) = jobs.newest(task="access.send_link")
    worker.perform(mail.send, mail_id=job.args["mail_id"])
    assert access.PLACEHOLDER in body(world)


@on_sqlite
def test_letters_are_in_the_persons_language_and_a_hostile_name_is_text(sandbox: Sandbox, worker: Worker) -> None:
    world = sandbox()
    name = "<b>ada</b>\u202e{{ 7 * 7 }}"
    person(name, language="de")
    access.request_link.enqueue(email=ADA, purpose="sign-in")
    worker.drain()
    message = world.smtp.mailbox[-1].message
    assert message["Subject"] == "Ihr Link zum Anmelden"
    html = body(world, "html")
    assert "<b>ada</b>" not in html
    assert "{{ 7 * 7 }}" in html
