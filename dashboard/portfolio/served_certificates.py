"""The certificates that an endpoint has served: their order, how early each was replaced, and their keys. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.certificates import matrix
from rules.certificates.finding import ChainLink, Finding
from rules.certificates.history import ServedCertificate
from rules.certificates.renewal import Renewal
from rules.certificates.succession import succeeds
from wording.messages import _


@dataclass(frozen=True, slots=True)
class Served:
    """A certificate that was served, once or still.

    ``kept`` says whether it has the key of its predecessor; ``replaced`` is the share of its lifetime after which its
    successor was seen. Each is None where there is no other certificate. ``in_use``: some address serves it now.
    """

    certificate: ServedCertificate
    kept: bool | None
    replaced: float | None
    in_use: bool


def history(certificates: Sequence[ServedCertificate], known: Finding | None) -> list[Served]:
    """Return the certificates with what became of them, the newest first."""
    now = {each.leaf.fingerprint for each in known.addresses if each.leaf} if known else set[str]()
    ordered = sorted(certificates, key=lambda one: (one.not_before, one.first_seen_at), reverse=True)
    return [_served(one, ordered[:place], ordered[place + 1 :], now) for place, one in enumerate(ordered)]


def _served(
    one: ServedCertificate, newer: Sequence[ServedCertificate], older: Sequence[ServedCertificate], now: set[str]
) -> Served:
    before = next((each for each in older if succeeds(one, each)), None)
    after = next((each for each in reversed(newer) if succeeds(each, one)), None)
    return Served(
        certificate=one,
        kept=before.key_id == one.key_id if before else None,
        replaced=matrix.share(one.not_before, one.not_after, at=after.first_seen_at) if after else None,
        in_use=one.fingerprint in now,
    )


def marks(leaf: ChainLink | None, renewal: Renewal | None) -> list[tuple[str, float]]:
    """Return the marks on the bar of a certificate's lifetime: (word, share) of when its successor is due, and late."""
    if leaf is None or renewal is None:
        return []
    moments = ((_("due"), renewal.due_at), (_("late"), renewal.late_at))
    placed = [(name, matrix.share(leaf.not_before, leaf.not_after, at=at)) for name, at in moments]
    return [(name, at) for name, at in placed if at is not None]
