"""VAT-IDs put to VIES: each answer is kept as evidence, and where there is none the format holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

import pytest

import settings
from db.billing import billing_profiles, senders, vat_evidence
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.ledger import jobs
from db.portfolio import alert_lists, clients
from db.portfolio.clients import Client
from rules.billing.vies_answers import NotAnswered, VatIdVerdict, read
from rules.jobs import JobState
from sandbox.behaviour import Behaviour
from sandbox.vies import ViesServer
from tasks import outside
from tasks.billing import vat_id_checks
from tests.support.worker import Worker

THEIRS, OURS = "ATU12345675", "DE136695976"


@dataclass
class Register:
    """VIES, and a client with a VAT-ID of Austria whose sender has one of Germany."""

    vies: ViesServer
    client_id: int

    @property
    def newest(self) -> vat_evidence.VatIdCheck:
        return vat_evidence.of_client(self.client_id)[0]


def kinds() -> list[str]:
    return [one.kind for one in alert_lists.LIST.page("id", open=True).rows]


@pytest.fixture
def register(worker: Worker) -> Iterator[Register]:
    with ViesServer() as vies, settings.override(vies_url=vies.url, allowed_networks=(ip_network("127.0.0.0/8"),)):
        outside.guard.cache_clear()
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        senders.add(Sender(name="Agency", series="AG", country="DE", vat_id=OURS))
        billing_profiles.save(BillingProfile(client_id=client_id, country="AT", vat_id=THEIRS))
        yield Register(vies, client_id)
        outside.guard.cache_clear()


def test_one_that_is_registered_is_kept_with_its_consultation_number(worker: Worker, register: Register) -> None:
    register.vies.registered[THEIRS] = "Bäckerei GmbH"
    assert worker.perform(vat_id_checks.check, client_id=register.client_id).state is JobState.DONE
    kept = register.newest
    assert (kept.verdict, kept.vat_id, kept.requester) == (VatIdVerdict.REGISTERED, THEIRS, OURS)
    assert (kept.consultation, kept.name) == ("WAPI000000000001", "Bäckerei GmbH")
    assert register.vies.asked == [
        {
            "countryCode": "AT",
            "vatNumber": "U12345675",
            "requesterMemberStateCode": "DE",
            "requesterNumber": "136695976",
        }
    ]
    assert not kinds()


def test_one_that_is_not_is_an_alert_until_it_is(worker: Worker, register: Register) -> None:
    worker.perform(vat_id_checks.check, client_id=register.client_id)
    assert (register.newest.verdict, kinds()) == (VatIdVerdict.UNREGISTERED, ["vat_id_unregistered"])
    register.vies.registered[THEIRS] = "Bakery"
    worker.perform(vat_id_checks.check, client_id=register.client_id)
    assert not kinds()
    assert len(vat_evidence.of_client(register.client_id)) == 2, "each answer is kept"


def test_a_register_that_is_away_is_asked_again_and_then_kept_as_unanswered(worker: Worker, register: Register) -> None:
    register.vies.away["AT"] = "MS_UNAVAILABLE"
    job = worker.perform(vat_id_checks.check, client_id=register.client_id)
    assert (job.state, vat_evidence.of_client(register.client_id)) == (JobState.QUEUED, [])
    register.vies.away["AT"] = "VAT_BLOCKED"
    assert worker.run(job.id).state is JobState.FAILED
    assert register.newest.verdict is VatIdVerdict.UNANSWERED
    assert "VAT_BLOCKED" in register.newest.why
    assert not kinds(), "what VIES does not say is no reason to tell staff that it is wrong"


@pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.HANG_UP])
def test_a_broken_answer_is_no_answer(worker: Worker, register: Register, behaviour: Behaviour) -> None:
    register.vies.conduct.default = behaviour
    assert worker.perform(vat_id_checks.check, client_id=register.client_id).state is JobState.QUEUED
    assert not vat_evidence.of_client(register.client_id)


def test_each_client_with_a_vat_id_is_asked_about_and_others_never(worker: Worker, register: Register) -> None:
    other, _ = clients.add(Client(name="Mill", email="a@b.test"))
    billing_profiles.save(BillingProfile(client_id=other, country="CH", vat_id="CHE100155212MWST"))
    worker.perform(vat_id_checks.check_all)
    worker.drain(vat_id_checks.check)
    assert len(register.vies.asked) == 1
    assert not vat_id_checks.is_asked(other)
    with settings.override(vies_url=""):
        vat_id_checks.ask(register.client_id)
        assert not jobs.newest(task="vat_id_checks.check", state=JobState.QUEUED)


@pytest.mark.parametrize(
    ("answer", "later"),
    [
        ([], True),
        ({}, True),
        ({"valid": "true"}, True),
        ({"actionSucceed": False}, True),
        ({"errorWrappers": [{"error": "INVALID_INPUT"}]}, False),
        ({"valid": True, "errorWrappers": [{"error": "TIMEOUT"}]}, True),
    ],
)
def test_what_says_nothing_of_the_vat_id_is_no_answer(answer: object, *, later: bool) -> None:
    with pytest.raises(NotAnswered) as caught:
        read(answer)
    assert caught.value.later is later


def test_what_strangers_write_is_one_printable_line_of_bounded_length() -> None:
    answer = read({"valid": True, "name": "a\n\u202eb" + "c" * 999, "address": "---", "requestIdentifier": 7})
    assert (answer.name[:3], len(answer.name), answer.address, answer.consultation) == ("a b", 300, "", "")
