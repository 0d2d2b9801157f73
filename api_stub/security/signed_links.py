"""Visitors who come with a signed link instead of an account: whether the link is valid, and a note of its use.

``tasks.signed_links`` says how links are made and put into mails.
"""

from api_stub.problems import Problem
from api_stub.security import origins, throttle
from api_stub.security.admission import Visitor
from db.access import audit, signed_links, throttles
from db.access.throttles import Limit
from db.portfolio import clients
from rules.access.signed_links import LinkRefusal, RefusedLink, SignedLink, SignedPurpose
from tasks.signed_links import judge

_ENTERED = Limit(tries=1, window_s=3600)
_WORDS = {
    LinkRefusal.FORGED: "This link is not one of ours, or a part of it is missing: copy it whole, or ask for a new one",
    LinkRefusal.EXPIRED: "This link has expired; ask whoever sent it for a new one",
    LinkRefusal.WITHDRAWN: "This link was withdrawn; ask whoever sent it for a new one",
    LinkRefusal.OTHER_USE: "This link is good for something else than this page",
    LinkRefusal.OTHER_AUDIENCE: "This link was made for somebody else; sign in as who asked for it",
    LinkRefusal.GONE: "What this link leads to is not handed out any more; ask whoever sent it",
}


class LinkProblem(Problem):
    """A problem raised where a signed link is refused. ``language`` is its client's; empty where no client is known."""

    def __init__(self, refused: RefusedLink) -> None:
        self.why = refused.why
        self.language = _language(refused.client_id)
        if self.why is LinkRefusal.GONE:
            super().__init__(404, "not-found", _WORDS[self.why])
        else:
            super().__init__(403, "refused-link", _WORDS[self.why])


def admitted(
    visitor: Visitor, token: str, purpose: SignedPurpose, *, method: str = "GET", audience: str = ""
) -> SignedLink:
    """Return the link of a valid token. ``method`` is what the link must allow, ``audience`` is the one who shows it.

    Raises ``LinkProblem`` 403; ``Problem`` 429 after many forged tokens from one network.
    """
    found = judge(token, purpose, method=method, audience=audience)
    if isinstance(found, SignedLink):
        return found
    if found.why is LinkRefusal.FORGED:
        throttle.take(throttle.network_key(visitor.address), throttle.NETWORK_LIMIT)
    _write_down(visitor, purpose, found.why)
    raise LinkProblem(found)


def _language(client_id: int | None) -> str:
    return next((one.language for one in clients.many([client_id])), "") if client_id else ""


def gone(link: SignedLink) -> LinkProblem:
    """Return the problem (404) of a valid link whose subject is gone."""
    return LinkProblem(RefusedLink(LinkRefusal.GONE, link.subject.client_id))


def _write_down(visitor: Visitor, purpose: SignedPurpose, why: LinkRefusal) -> None:
    """Enter a refusal into the audit trail, once an hour for each network and reason: strangers must not fill it."""
    network = origins.network(visitor.address)
    if throttles.take(f"refused-link:{network}:{why}", _ENTERED) is None:
        audit.add("visitor", "link refused", network, {"why": str(why), "purpose": str(purpose)})


def used(visitor: Visitor, link: SignedLink, what: str) -> None:
    """Count and record a use of a link, with the visitor's address and device; ``what`` names it in a word or two."""
    signed_links.used(link.id, what, address=visitor.address, device=visitor.device)
