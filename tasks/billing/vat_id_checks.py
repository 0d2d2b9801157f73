"""Clients' VAT-IDs are put to VIES: when one is entered, when somebody asks, and each month.

Promise: convergent. It only asks, and keeps each answer. Nothing waits for VIES: what was entered has the right format
and check digit already (python-stdnum), and where VIES cannot say, that is kept as its answer.
"""

from functools import partial

import settings
from db.billing import billing_profiles, senders, vat_evidence
from db.billing.vat_evidence import VatIdCheck
from db.ledger.endings import EndedJob
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from integrations.errors import Rejected
from rules.access import Permission
from rules.billing import vat_ids
from rules.billing.vat_ids import VatId
from rules.billing.vat_rates import UNION
from rules.billing.vies_answers import VatIdVerdict
from rules.checks.subjects import Subject
from rules.translatable import Translatable
from tasks import alerts as telling
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside import vies

_UNREGISTERED = "vat_id_unregistered"


def is_asked(client_id: int) -> bool:
    """Tell whether a client has a VAT-ID that VIES is asked about: one of the EU, where the settings name VIES."""
    return bool(settings.current().vies_url) and _vat_id_of(client_id) is not None


def ask(client_id: int) -> None:
    """Enqueue a check of a client's VAT-ID, where VIES is asked about it, in the caller's transaction."""
    if is_asked(client_id):
        check.enqueue(client_id=client_id)


@task(Queue.DEFAULT, unique=(), fans_out=True, size=lambda: FanOutSize(vat_evidence.count_clients()),
      permission=Permission.MONEY)  # fmt: skip
def check_all() -> None:
    """Ask VIES about each client's VAT-ID: one that was registered may not be any more."""
    if settings.current().vies_url:
        check.fan_out(partial(vat_evidence.clients_after), "client_id")


def _unanswered(job: EndedJob) -> None:
    """Record that VIES gave no answer."""
    client_id = int(str(job.args.get("client_id")))
    if (asked := _vat_id_of(client_id)) is not None:
        vat_evidence.add(
            VatIdCheck(client_id=client_id, vat_id=str(asked), verdict=VatIdVerdict.UNANSWERED, why=job.error)
        )


@task(Queue.LOOKUP, attempts=6, backoff_s=60, unique=("client_id",), on_ended=_unanswered, permission=Permission.MONEY)
def check(*, client_id: int) -> None:
    """Ask VIES whether a client's VAT-ID is registered, and keep the answer."""
    asked = _vat_id_of(client_id)
    if asked is None:
        with completing():
            alerts.clear(_UNREGISTERED, Subject("client", client_id, client_id))
        return
    requester = _requester(client_id)
    answer = vies.register().check(asked, requester=requester)
    with completing():
        verdict = VatIdVerdict.REGISTERED if answer.registered else VatIdVerdict.UNREGISTERED
        vat_evidence.add(
            VatIdCheck(
                client_id=client_id,
                vat_id=str(asked),
                requester=str(requester or ""),
                verdict=verdict,
                consultation=answer.consultation,
                name=answer.name,
                address=answer.address,
            )
        )
        _tell(client_id, asked, verdict)


def _tell(client_id: int, asked: VatId, verdict: VatIdVerdict) -> None:
    subject = Subject("client", client_id, client_id)
    if verdict is VatIdVerdict.REGISTERED:
        alerts.clear(_UNREGISTERED, subject)
        return
    notice = Notice(
        kind=_UNREGISTERED,
        headline=Translatable(
            "{client}'s VAT-ID {number} is not registered for trade in the EU",
            client=clients.get(client_id).name,
            number=str(asked),
        ),
        what_to_do=Translatable(
            "Ask the client for the right one, or bill them with VAT: reverse charge needs a registered VAT-ID."
        ),
        facts=(("VAT-ID", str(asked)),),
    )
    telling.reconcile([Standing(subject=subject, notices=(notice,))])


def _vat_id_of(client_id: int) -> VatId | None:
    """Return the VAT-ID of a client in the EU, without Northern Ireland; else None. Raises ``Rejected``."""
    profile = billing_profiles.get(client_id)
    return _union_id(profile.vat_id, profile.country)


def _requester(client_id: int) -> VatId | None:
    sender = senders.of_client(client_id)
    return _union_id(sender.vat_id, sender.country) if sender else None


def _union_id(written: str | None, country: str) -> VatId | None:
    if not written or country not in UNION:
        return None
    try:
        return vat_ids.parse(written, country)
    except ValueError as error:
        raise Rejected(str(error)) from None
