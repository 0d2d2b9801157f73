"""Mails over several providers: another one is asked only where the one before surely did not take the mail."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_network

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import effects
from db.mail import outbox
from db.outside import lanes, measurements
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from rules.mail.oauth_accounts import TokenGrant
from rules.rate_limits.circuit_breaker import FAILURES
from sandbox.behaviour import Behaviour
from sandbox.oauth import CLIENT, REFRESH_TOKEN, TokenEndpoint
from sandbox.ses import SesServer
from sandbox.smtp import SmtpServer
from tasks import mail, outside
from tasks.outside import calls, rate_limits
from tests.support import ledger as do
from tests.support.worker import Worker
from tests.tasks.mail.test_sending import TO, letter, post

Using = Callable[..., None]


@pytest.fixture
def using(ledger: str) -> Iterator[Using]:
    """Has mails sent by these providers, in this order, with other settings."""
    with ExitStack() as stack:

        def use(*urls: str, **changes: object) -> None:
            stack.enter_context(
                settings.override(
                    mail_urls=SecretStr(",".join(urls)),
                    mail_from="nolapse@nolapse.test",
                    allowed_networks=(ip_network("127.0.0.0/8"),),
                    **changes,
                )
            )
            _forget()

        yield use
        _forget()


def _forget() -> None:
    if outside.mail_providers.cache_info().currsize:
        for provider in outside.mail_providers():
            provider.close()
    for one in (outside.mail_providers, outside.mail_tokens, outside.guard):
        one.cache_clear()


@pytest.fixture
def ses() -> Iterator[SesServer]:
    with SesServer() as server:
        yield server


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


class TestSes:
    def test_a_mail_is_taken_once_and_known_by_the_id_that_it_gets(
        self, using: Using, ses: SesServer, worker: Worker
    ) -> None:
        using(ses.url)
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        (taken,) = ses.mailbox
        kept = outbox.get(mail_id)
        assert taken["Message-ID"] == kept.message_id
        assert (kept.state, kept.provider) == (MailState.SENT, ses.address)
        assert outbox.of_bounce(provider_id=(kept.reply or "").removeprefix("SES ")) == kept
        assert ses.configuration_sets == ["nolapse"]

    def test_what_it_rejects_is_failed(self, using: Using, ses: SesServer, worker: Worker) -> None:
        using(ses.url)
        ses.conduct.by_name[TO] = Behaviour.GARBAGE
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.FAILED
        assert outbox.get(mail_id).state is MailState.FAILED
        assert "MessageRejected" in (outbox.get(mail_id).reply or "")

    def test_a_lost_answer_is_unknown_and_never_sent_again(self, using: Using, ses: SesServer, worker: Worker) -> None:
        using(ses.url)
        ses.conduct.by_name[TO] = Behaviour.HANG_UP
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.UNKNOWN
        assert worker.perform(mail.send, mail_id=mail_id).state is JobState.UNKNOWN
        assert outbox.get(mail_id).state is MailState.UNKNOWN
        assert len(ses.mailbox) == 1

    def test_one_that_throttles_is_left_alone_for_a_while(self, using: Using, ses: SesServer, worker: Worker) -> None:
        using(ses.url)
        ses.conduct.default = Behaviour.THROTTLE
        _, job_id = post()
        job = worker.run(job_id)
        assert (job.state, job.failures) == (JobState.QUEUED, 0)
        assert "too often" in (job.waits_for or "")

    def test_one_that_is_not_there_is_asked_again(self, using: Using, worker: Worker) -> None:
        using("ses://AKID:secret-secret@eu-central-1?endpoint=http://127.0.0.1:9")
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.QUEUED
        assert outbox.get(mail_id).state is MailState.QUEUED
        assert do.outcome_of(f"mail:{mail_id}") == "refused"

    @pytest.mark.parametrize(
        ("behaviour", "state", "mail_state"),
        [
            (Behaviour.NORMAL, JobState.DONE, MailState.SENT),
            (Behaviour.HANG_UP, JobState.UNKNOWN, MailState.UNKNOWN),
            (Behaviour.GARBAGE, JobState.FAILED, MailState.FAILED),
        ],
    )
    def test_what_it_said_holds_where_the_database_is_away_when_its_lane_is_taught(
        self,
        *,
        behaviour: Behaviour,
        state: JobState,
        mail_state: MailState,
        using: Using,
        ses: SesServer,
        worker: Worker,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        using(ses.url)
        ses.conduct.by_name[TO] = behaviour

        def away(*_: object) -> None:
            raise connection.Unreachable[0]("server closed the connection unexpectedly")

        monkeypatch.setattr(rate_limits, "_answered", away)
        mail_id, job_id = post()
        assert worker.run(job_id).state is state
        assert outbox.get(mail_id).state is mail_state
        assert len(ses.mailbox) == (0 if behaviour is Behaviour.GARBAGE else 1)

    def test_a_refusal_that_is_written_late_does_not_touch_the_intent_of_a_later_attempt(self, using: Using) -> None:
        using("smtp://127.0.0.1:9?tls=none")
        mail_id, _ = post()
        kept, intent = outbox.get(mail_id), mail.intent_of(mail_id)
        effects.begin(intent, "smtp.data", job_id=None)
        earlier = effects.open_(intent)
        assert earlier
        mail._refused(kept, earlier)
        effects.begin(intent, "smtp.data", job_id=None)
        mail._refused(kept, earlier)
        assert effects.is_open(intent)


class TestFallback:
    def test_another_is_asked_where_the_first_is_not_there(
        self, using: Using, relay: SmtpServer, worker: Worker
    ) -> None:
        using("smtp://127.0.0.1:9?tls=none", relay.url)
        mail_id, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        assert outbox.get(mail_id).provider == relay.url.removeprefix("smtp://").removesuffix("?tls=none")
        assert len(relay.mailbox) == 1

    def test_another_is_asked_where_the_first_throttles(
        self, using: Using, ses: SesServer, relay: SmtpServer, worker: Worker
    ) -> None:
        using(ses.url, relay.url)
        ses.conduct.default = Behaviour.THROTTLE
        _, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        assert (len(ses.mailbox), len(relay.mailbox)) == (0, 1)

    @pytest.mark.parametrize(
        ("behaviour", "state"), [(Behaviour.HANG_UP, MailState.UNKNOWN), (Behaviour.GARBAGE, MailState.FAILED)]
    )
    def test_none_is_asked_where_nobody_knows_or_the_mail_is_refused(
        self, using: Using, ses: SesServer, relay: SmtpServer, worker: Worker, *, behaviour: Behaviour, state: MailState
    ) -> None:
        using(ses.url, relay.url)
        ses.conduct.default = behaviour
        mail_id, job_id = post()
        worker.run(job_id)
        assert outbox.get(mail_id).state is state
        assert relay.mailbox == []

    def test_none_is_asked_where_the_recipient_is_put_off(self, using: Using, worker: Worker) -> None:
        with SmtpServer() as first, SmtpServer() as second:
            using(first.url, second.url)
            first.replies[TO] = "450 4.7.1 greylisted"
            _, job_id = post()
            assert worker.run(job_id).state is JobState.QUEUED
            first.replies.clear()
            assert worker.run(job_id).state is JobState.DONE
            assert (len(first.mailbox), second.connections) == (1, 0)

    def test_one_recipient_that_is_put_off_again_and_again_does_not_shut_the_relay(
        self, using: Using, relay: SmtpServer, worker: Worker
    ) -> None:
        using(relay.url)
        relay.replies[TO] = "451 4.3.0 not now"
        _, job_id = post()
        for _ in range(7):
            assert worker.run(job_id).state is JobState.QUEUED
        other, other_job = post(letter("letter:2", recipient="ben@clients.test"))
        assert worker.run(other_job).state is JobState.DONE
        assert outbox.get(other).state is MailState.SENT


class TestTokens:
    """A relay that is signed in to by a token: who gives the token is an outside service like any other."""

    @pytest.fixture
    def endpoint(self, using: Using) -> Iterator[TokenEndpoint]:
        with TokenEndpoint() as endpoint, SmtpServer(token_holds=endpoint.holds) as relay:
            client_id, client_secret = CLIENT
            account = TokenGrant(endpoint.url, client_id, client_secret, REFRESH_TOKEN, "", "")
            using(f"smtp://ada@127.0.0.1:{relay.port}?tls=none&auth=xoauth2", mail_oauth={"ada": account})
            yield endpoint

    def called(self) -> set[tuple[str, str]]:
        calls.write()
        return {(one.name, one.outcome) for one in measurements.services()}

    @pytest.mark.usefixtures("endpoint")
    def test_a_token_that_is_asked_for_is_a_call_that_is_counted(self, worker: Worker) -> None:
        _, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        assert self.called() >= {("oauth", "ok"), ("smtp", "ok")}

    def test_an_endpoint_that_gives_none_is_left_alone_by_and_by_and_the_mail_waits(
        self, endpoint: TokenEndpoint, worker: Worker
    ) -> None:
        endpoint.conduct.default = Behaviour.HANG_UP
        mail_id, job_id = post()
        for _ in range(FAILURES + 2):
            assert worker.run(job_id).state is JobState.QUEUED
        assert ("oauth", "unavailable") in self.called()
        assert endpoint.address in lanes.troubled()
        assert outbox.get(mail_id).state is MailState.QUEUED


class TestRates:
    def test_mails_to_a_domain_go_out_at_its_rate(self, using: Using, relay: SmtpServer, worker: Worker) -> None:
        using(relay.url, mail_rates={"clients.test": 2.0})
        ids = [post(letter(f"letter:{number}"))[1] for number in range(2)]
        states = [worker.run(job_id).state for job_id in ids]
        assert states == [JobState.DONE, JobState.QUEUED]
        _, elsewhere = post(letter("letter:3", recipient="ben@other.test"))
        assert worker.run(elsewhere).state is JobState.DONE


class TestSigning:
    def test_a_mail_is_signed_for_the_senders_domain(self, using: Using, relay: SmtpServer, worker: Worker) -> None:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        using(relay.url, mail_dkim_key=SecretStr(pem), mail_dkim_selector="s1")
        _, job_id = post()
        assert worker.run(job_id).state is JobState.DONE
        published = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        record = "v=DKIM1; k=rsa; p=" + "".join(published.split("\n")[1:-2])
        asked: list[bytes] = []

        def look_up(name: bytes, **_: object) -> bytes:
            asked.append(name)
            return record.encode()

        (taken,) = relay.mailbox
        assert dkim.verify(taken.raw, dnsfunc=look_up)
        assert asked == [b"s1._domainkey.nolapse.test."]


def test_each_mail_has_a_return_path_of_its_own(using: Using, relay: SmtpServer, worker: Worker) -> None:
    using(relay.url, mail_bounces="bounces@nolapse.test")
    mail_id, job_id = post()
    worker.run(job_id)
    (taken,) = relay.mailbox
    assert taken.sender == f"bounces+{outbox.get(mail_id).bounce_token}@nolapse.test"
    with connection.session():
        assert outbox.of_bounce(tokens=[str(outbox.get(mail_id).bounce_token)])
