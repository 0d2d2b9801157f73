"""Links that are mailed to people: anybody may ask for one, and only the mail's reader can use it, once.

The answer is the same, after the same time, whether a user has the address or not: a request only queues a job, and the
job looks the address up.
"""

from api_stub.problems import Problem
from api_stub.security import admission, api_tokens, own_account, people, permissions, throttle
from api_stub.security.admission import Admission, Visitor
from api_stub.security.principal import Principal
from db import connection
from db.access import audit, mailed_links, users
from db.access.mailed_links import LinkPurpose
from rules.access import Role
from rules.jobs import Priority
from tasks import access


def request(email: str, purpose: LinkPurpose, visitor: Visitor) -> None:
    """Queue a mail with a link to the user who has this address, if any. Raises ``Problem`` 429 after many."""
    throttle.take(throttle.network_key(visitor.address), throttle.NETWORK_LIMIT)
    throttle.take(throttle.mail_key(email), throttle.MAIL_LIMIT)
    address = users.tidy(email)
    access.request_link.enqueue(email=address, purpose=str(purpose), priority=Priority.URGENT)


def require(token: str, purpose: LinkPurpose) -> users.User:
    """Return the person of a link, without using it up: a program may merely fetch it. Raises ``Problem`` 401."""
    holder = mailed_links.holder(api_tokens.hashed(token), purpose)
    if holder is None:
        raise _over()
    return users.get(holder)


def _over() -> Problem:
    return Problem(401, "bad-link", "This link was used, has expired, or a newer one replaced it; have one sent again")


def sign_in(token: str, visitor: Visitor) -> Admission:
    """Use a link up and admit its person. Raises ``Problem`` 401."""
    with connection.transaction():
        user_id = mailed_links.use(api_tokens.hashed(token), LinkPurpose.SIGN_IN)
        if user_id is not None:
            return admission.admit(users.get(user_id), how="mailed link", visitor=visitor)
    raise _over()


def set_password(token: str, purpose: LinkPurpose, new: str) -> None:
    """Use a link up and set its person's password. Their sessions, links and tokens end; nobody is signed in.

    Raises ``Problem``: 401 for a link that is over, 422 for an unfit password, which does not use the link up.
    """
    hashed = own_account.fit(new, require(token, purpose).name)
    with connection.transaction():
        user_id = mailed_links.use(api_tokens.hashed(token), purpose)
        if user_id is None:
            raise _over()
        users.set_password(user_id, hashed)
        name = users.get(user_id).name
        audit.add(name, "password reset" if purpose is LinkPurpose.RESET else "invitation accept", f"user {name}", {})


def invite(who: Principal, name: str, email: str, role: Role, language: str) -> int:
    """Add a person and mail them an invitation; returns their id. Raises ``Problem`` 403; 409 for a taken name."""
    permissions.require_manages(who, role)
    try:
        with connection.transaction():
            user_id = users.add(name, role, email=email, language=language)
            _invite(who, users.get(user_id))
    except users.NameTaken as error:
        taken = {"at": f"body.{error.what}", "message": str(error)}
        raise Problem(409, "conflict", str(error), errors=[taken]) from None
    return user_id


def invite_again(who: Principal, user_id: int) -> None:
    """Mail a new invitation in place of the old one.

    Raises ``Problem`` 403, 404, or 409 for a person who has a password, has no address, or is disabled.
    """
    user = people.managed(who, user_id)
    if user.email is None or user.password is not None or user.disabled_at is not None:
        raise Problem(409, "conflict", f"{user.name} is not waiting for an invitation")
    with connection.transaction():
        _invite(who, user)


def _invite(who: Principal, user: users.User) -> None:
    access.post_link(user, LinkPurpose.INVITATION, dedupe=api_tokens.made()[:16])
    audit.add(who.actor, "user invite", f"user {user.name}", {"role": user.role, "email": user.email})
