"""What the outside saw, in its own books: nothing here is read from the product."""

from collections import Counter
from dataclasses import dataclass

from sandbox.stripe.objects import MovementKind
from tests.nemesis.installation import Installation
from tests.support import buckets


@dataclass(frozen=True)
class Outside:
    """The outside's own ledgers, at the end."""

    mails: Counter[str]
    """How often each Message-ID came."""
    papers: Counter[str]
    """How often each invoice's file came by mail."""
    charges: Counter[str]
    """How often Stripe took money under each key of ours."""
    webhooks: set[str]
    """Events for which Stripe was told that they were taken."""
    stored: int
    """Objects in the bucket."""


def read(target: Installation) -> Outside:
    """Read every ledger."""
    mailbox = target.world.smtp.mailbox
    book = target.world.stripe.objects.book
    charged = [str(one.metadata.get("nolapse_key")) for one in book if one.kind is MovementKind.CHARGE]
    attached = [part.get_filename() or "?" for one in mailbox for part in one.message.iter_attachments()]
    return Outside(
        mails=Counter(str(one.message["Message-ID"]) for one in mailbox),
        papers=Counter(attached),
        charges=Counter(charged),
        webhooks=set(target.world.stripe.webhooks.taken),
        stored=_stored(target),
    )


def _stored(target: Installation) -> int:
    client = buckets.client(buckets.bucket(target.bucket_address, made=False))
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=target.bucket_address.bucket)
    return sum(page["KeyCount"] for page in pages)
