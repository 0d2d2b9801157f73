"""Staff who may sign in. A name is kept in lower case; a password only as its argon2id hash."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.access import client_limits
from db.listing import ListFilter, Listing, Order, begins, equals, whether
from rules.access import Role, Within


@dataclass(frozen=True, slots=True)
class User:
    """A person, or a program that holds tokens. ``password`` is the hash; None: signs in by link alone."""

    id: int
    name: str
    role: Role
    password: str | None
    created_at: datetime
    disabled_at: datetime | None
    email: str | None
    language: str
    service: bool
    """A program: it holds API tokens and never signs in."""
    limited: bool
    """Whether they see and act on some clients alone: ``within`` says which."""
    full_name: str
    """Empty where they gave none."""
    zone: str
    """Of the times on their pages."""
    factor_required: bool
    """Whether an owner asks a second factor of them, whatever their role."""


class NameTaken(ValueError):
    """Raised when somebody has this name or mail address already; ``what`` says which: name or email."""

    def __init__(self, taken: str, *, what: str) -> None:
        super().__init__(f"there is a user {taken!r} already")
        self.what = what


class LastOwner(ValueError):
    """Raised when no enabled owner who sees every client would be left."""


_LISTED = (
    "SELECT id, name, role, password, created_at, disabled_at, email, language, service, limited, full_name, zone,"
    " factor_required FROM account"
)


def add(name: str, role: Role, *, password: str | None = None, email: str | None = None, language: str = "en") -> int:
    """Add a person, with the hash of their password, and return their id. Raises ``NameTaken``."""
    with connection.transaction():
        rows = connection.execute(
            "INSERT INTO account (name, role, password, created_at, email, language)"
            " VALUES (%s, %s, %s, {now}, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            tidy(name),
            str(role),
            password,
            tidy(email) if email else None,
            language,
        )
    if not rows:
        if email and with_email(email):
            raise NameTaken(email, what="email")
        raise NameTaken(tidy(name), what="name")
    return rows[0][0]


def add_service(name: str, role: Role) -> int:
    """Add a program, which holds API tokens and never signs in, and return its id. Raises ``NameTaken``."""
    with connection.transaction():
        user_id = add(name, role)
        connection.changed("UPDATE account SET service = TRUE WHERE id = %s", user_id)
    return user_id


def with_email(email: str) -> User | None:
    """Return the person of this mail address, or None."""
    return next(iter(connection.rows(User, f"{_LISTED} WHERE email = %s", tidy(email))), None)


def set_email(user_id: int, email: str | None) -> None:
    """Give a person another mail address; links that were mailed to the old one end. Raises ``NameTaken``."""
    with connection.transaction():
        if email and (other := with_email(email)) and other.id != user_id:
            raise NameTaken(email, what="email")
        connection.changed("UPDATE account SET email = %s WHERE id = %s", tidy(email) if email else None, user_id)
        connection.changed("DELETE FROM mailed_link WHERE user_id = %s", user_id)


def tidy(name: str) -> str:
    """Return a name as it is kept."""
    return name.strip().casefold()


def named(name: str) -> User | None:
    """Return the person of this name, or None."""
    return next(iter(connection.rows(User, f"{_LISTED} WHERE name = %s", tidy(name))), None)


def require(name: str) -> User:
    """Return the person of this name. Raises ``LookupError``."""
    user = named(name)
    if user is None:
        raise LookupError(f"no user is named {name!r}; see `nolapse user list`")
    return user


def get(user_id: int) -> User:
    """Return a person. Raises ``LookupError``."""
    found = connection.rows(User, f"{_LISTED} WHERE id = %s", user_id)
    if not found:
        raise LookupError(f"no user has the id {user_id}")
    return found[0]


def locked(user_id: int) -> User:
    """Return a person whom nobody else changes until the caller's transaction ends. Raises ``LookupError``."""
    connection.execute("SELECT id FROM account WHERE id = %s {locked}", user_id)
    return get(user_id)


def all_() -> list[User]:
    """Return everybody, by name."""
    return connection.rows(User, f"{_LISTED} ORDER BY name")


def many(user_ids: Sequence[int]) -> list[User]:
    """Return people by their ids."""
    return connection.rows(User, f"{_LISTED} WHERE id {{ids}}", list(user_ids))


LIST = Listing(
    table="account",
    columns="name, role, service, disabled_at",
    read=many,
    orders={"id": Order(), "name": Order("name", str, then=("id",))},
    filters={
        "role": ListFilter(Role, equals("role")),
        "service": ListFilter(bool, whether("service", "NOT service"), "Programs, or people"),
        "disabled": ListFilter(bool, whether("disabled_at IS NOT NULL", "disabled_at IS NULL")),
        "name": ListFilter(str, begins("name"), "Its beginning"),
    },
)


def set_password(user_id: int, password: str, *, signs_out: bool = True) -> None:
    """Keep a new hash. A changed password ends the sessions, links and tokens of before; a better hash does not."""
    with connection.transaction():
        connection.changed("UPDATE account SET password = %s WHERE id = %s", password, user_id)
        if signs_out:
            end_access(user_id)


def disable(user_id: int) -> None:
    """Keep a person out from now on. Raises ``LastOwner``."""
    with connection.transaction():
        require_other_owner(user_id)
        connection.changed("UPDATE account SET disabled_at = COALESCE(disabled_at, {now}) WHERE id = %s", user_id)
        end_access(user_id)


def enable(user_id: int) -> None:
    """Let a person sign in again; what ended when they were disabled stays ended."""
    with connection.transaction():
        connection.changed("UPDATE account SET disabled_at = NULL WHERE id = %s", user_id)


def require_factor(user_id: int, *, required: bool) -> None:
    """Say whether a person must have a second factor, whatever their role asks for."""
    with connection.transaction():
        connection.changed("UPDATE account SET factor_required = %s WHERE id = %s", required, user_id)


def set_profile(user_id: int, *, full_name: str, zone: str, language: str) -> None:
    """Keep what a person says of themselves."""
    with connection.transaction():
        connection.changed(
            "UPDATE account SET full_name = %s, zone = %s, language = %s WHERE id = %s",
            full_name,
            zone,
            language,
            user_id,
        )


def set_role(user_id: int, role: Role) -> None:
    """Give a person another role; their sessions, sign-in links and tokens end. Raises ``LookupError``, ``LastOwner``.

    A waiting invitation stays: the person has the new role when they accept it.
    """
    with connection.transaction():
        if get(user_id).role is role:
            return
        if role is not Role.OWNER:
            require_other_owner(user_id)
        connection.changed("UPDATE account SET role = %s WHERE id = %s", str(role), user_id)
        end_sessions(user_id)
        connection.changed("DELETE FROM sign_in_link WHERE user_id = %s", user_id)
        end_tokens(user_id)


def limit_to_clients(user_id: int, client_ids: Collection[int] | None) -> None:
    """Limit a person to these clients: an empty collection lets them see nothing, None lifts the limit.

    Their sessions end; their tokens see no more than they do. Raises ``LookupError`` for an unknown person or client,
    and ``LastOwner``.
    """
    with connection.transaction():
        if within(user_id) == (None if client_ids is None else frozenset(client_ids)):
            return
        if client_ids is not None:
            require_other_owner(user_id)
        connection.changed("UPDATE account SET limited = %s WHERE id = %s", client_ids is not None, user_id)
        client_limits.keep_of_user(user_id, client_ids or ())
        end_sessions(user_id)


def within(user_id: int) -> Within:
    """Return the ids of the clients to which a person is limited; None: no limit. Raises ``LookupError``."""
    return client_limits.of_user(user_id) if get(user_id).limited else None


def limits() -> dict[int, tuple[str, ...]]:
    """Return the names of the clients to which each limited person is limited, by the person's id."""
    rows = connection.execute(
        "SELECT account.id, client.name FROM account LEFT JOIN account_client ON account_client.user_id = account.id"
        " LEFT JOIN client ON client.id = account_client.client_id WHERE account.limited ORDER BY client.name"
    )
    found: dict[int, tuple[str, ...]] = {}
    for user_id, client in rows:
        found[user_id] = (*found.get(user_id, ()), client) if client else ()
    return found


def limited_to(client_id: int) -> list[User]:
    """Return the people and programs that are limited and see this client, by name."""
    return connection.rows(
        User,
        f"{_LISTED} WHERE limited AND id IN (SELECT user_id FROM account_client"  # noqa: S608 - our own words
        " WHERE client_id = %s) ORDER BY name",
        client_id,
    )


def require_other_owner(user_id: int) -> None:
    """Lock the owners, in the caller's transaction. Raises ``LastOwner`` where this is the only one left.

    Call it before an owner is disabled, limited or given a smaller role, so that two cannot do it to one another.
    """
    rows = connection.execute(
        "SELECT id FROM account WHERE role = 'owner' AND disabled_at IS NULL AND NOT limited AND NOT service"
        " ORDER BY id {locked}"
    )
    if [row[0] for row in rows] == [user_id]:
        raise LastOwner("this is the last owner who sees every client; make another owner first")


def end_access(user_id: int) -> None:
    """End a person's sessions, links and tokens, in the caller's transaction."""
    end_sessions(user_id)
    connection.changed("DELETE FROM sign_in_link WHERE user_id = %s", user_id)
    connection.changed("DELETE FROM mailed_link WHERE user_id = %s", user_id)
    end_tokens(user_id)


def end_tokens(user_id: int) -> None:
    """End a person's API tokens, in the caller's transaction."""
    connection.changed("UPDATE api_token SET revoked_at = {now} WHERE user_id = %s AND revoked_at IS NULL", user_id)


def end_sessions(user_id: int) -> None:
    """End a person's sessions, and the sign-ins that wait for a code, in the caller's transaction."""
    connection.changed("DELETE FROM session WHERE user_id = %s", user_id)
    connection.changed("UPDATE account SET session_version = session_version + 1 WHERE id = %s", user_id)
    connection.changed("DELETE FROM pending_sign_in WHERE user_id = %s", user_id)


def session_version(user_id: int) -> int:
    """Return the version that a person's sessions must name where they are kept in cookies alone."""
    return connection.execute("SELECT session_version FROM account WHERE id = %s", user_id)[0][0]


def of_session(user_id: int, version: int) -> User | None:
    """Return the person whose session names this version, if it still is theirs and they may sign in."""
    statement = f"{_LISTED} WHERE id = %s AND session_version = %s AND disabled_at IS NULL AND NOT service"
    return next(iter(connection.rows(User, statement, user_id, version)), None)
