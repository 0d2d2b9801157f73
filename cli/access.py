"""Commands about who may come in: users, their passwords and sign-in links, API tokens."""

import getpass
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from api_stub.security import api_tokens, passwords, second_factor, sessions
from cli.output import AsJson, notes, print_json, print_table, ready, screen
from db import connection
from db.access import api_tokens as stored_tokens
from db.access import audit, users
from rules.access import Role, Scope

users_app = typer.Typer(
    no_args_is_help=True, help="Who may sign in: add, list, role, new password, sign-in link, disable, enable."
)
tokens_app = typer.Typer(no_args_is_help=True, help="API tokens: add, list, revoke.")

_LONGEST_NAME = 100
_FromInput = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@users_app.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="What they sign in with")],
    *,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    password_stdin: _FromInput = False,
    link_only: Annotated[bool, typer.Option(help="No password: they sign in with `nolapse user link`.")] = False,
    email: Annotated[str | None, typer.Option(help="Where links to sign in and to reset are mailed.")] = None,
    service: Annotated[bool, typer.Option(help="A program: it holds API tokens and never signs in.")] = False,
) -> None:
    """Let a person in. Asks for their password unless --link-only or --service is given."""
    with ready():
        tidy = users.tidy(name)
        if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
            raise LookupError(f"{name!r} is no name: give 1 to {_LONGEST_NAME} printable characters")
        if email is not None:
            _require_address(email)
        if service and email is not None:
            raise LookupError("a program signs in with nothing, so it has no mail address: leave --email out")
        password = None if link_only or service else passwords.hashed(_password_asked(tidy, from_input=password_stdin))
        with connection.transaction():
            if service:
                users.add_service(tidy, role)
            else:
                users.add(tidy, role, password=password, email=email)
            audit.add(_me(), "user add", f"user {tidy}", {"role": role, **({"service": True} if service else {})})
        may = "may have API tokens" if service else "may sign in"
        screen.print(f"{tidy} {may} as {role}", markup=False)


@users_app.command("role")
def set_role(name: str, role: Role) -> None:
    """Give a person another role. Their sessions and API tokens end."""
    with ready():
        user = users.require(name)
        with connection.transaction():
            users.set_role(user.id, role)
            audit.add(_me(), "user role", f"user {user.name}", {}, before={"role": user.role}, after={"role": role})
        screen.print(f"{user.name} has the role {role}", markup=False)


@users_app.command("limit")
def limit_user(
    name: str,
    client: Annotated[list[int] | None, typer.Option(help="A client's number; repeat it.")] = None,
    *,
    lift: Annotated[bool, typer.Option(help="Take the limit away.")] = False,
) -> None:
    """Limit a person to some clients: they see and act on nothing else. Without --client, on nothing at all."""
    with ready():
        if lift and client:
            raise LookupError("--lift takes the limit away, and --client sets one: give one of them")
        user = users.require(name)
        before, after = users.within(user.id), None if lift else sorted(set(client or ()))
        with connection.transaction():
            users.limit_to_clients(user.id, after)
            was = None if before is None else sorted(before)
            audit.add(_me(), "user limit", f"user {user.name}", {}, before={"clients": was}, after={"clients": after})
        to = "sees every client" if after is None else f"is limited to {len(after)} clients"
        screen.print(f"{user.name} {to}", markup=False)


@users_app.command("list")
def list_users(*, as_json: AsJson = False) -> None:
    """List who may sign in."""
    with ready():
        found, limits = users.all_(), users.limits()
        if as_json:
            shown = [{**asdict(one), "clients": limits.get(one.id)} for one in found]
            print_json([{**one, "password": one["password"] is not None} for one in shown])
            return
        print_table(
            "Users",
            ("name", "role", "clients", "signs in by", "since", "disabled"),
            [
                (
                    one.name,
                    one.role,
                    ", ".join(limits[one.id]) or "none" if one.limited else "all",
                    _way_in(one),
                    one.created_at,
                    one.disabled_at,
                )
                for one in found
            ],
        )


def _way_in(user: users.User) -> str:
    if user.service:
        return "API tokens"
    return "password" if user.password else "link"


@users_app.command("password")
def set_password(name: str, *, password_stdin: _FromInput = False) -> None:
    """Give a person a new password. Their sessions, sign-in links and API tokens end."""
    with ready():
        user = users.require(name)
        if user.service:
            raise LookupError(f"{user.name} is a program, which never signs in; give it an API token")
        password = passwords.hashed(_password_asked(user.name, from_input=password_stdin))
        with connection.transaction():
            users.set_password(user.id, password)
            audit.add(_me(), "user password", f"user {user.name}", {})
        screen.print(f"{user.name} has a new password and is signed out everywhere", markup=False)


@users_app.command("link")
def make_link(name: str, *, as_json: AsJson = False) -> None:
    """Print a link that signs a person in once, within a quarter of an hour."""
    with ready():
        user = users.require(name)
        if user.disabled_at is not None or user.service:
            why = "a program, and never signs in" if user.service else "disabled; see `nolapse user enable`"
            raise LookupError(f"{user.name} is {why}")
        with connection.transaction():
            address = sessions.link(user)
            audit.add(_me(), "user link", f"user {user.name}", {})
        print_json({"sign_in": address}) if as_json else typer.echo(address)


@users_app.command("email")
def set_email(name: str, email: Annotated[str, typer.Argument(help="Empty takes it away.")]) -> None:
    """Give a person another mail address. Links that were mailed to the old one end."""
    with ready():
        user = users.require(name)
        if user.service:
            raise LookupError(f"{user.name} is a program, which never signs in, so no link is mailed to it")
        if email:
            _require_address(email)
        with connection.transaction():
            users.set_email(user.id, email or None)
            audit.add(_me(), "user email", f"user {user.name}", {"email": email})
        screen.print(f"{user.name} has the mail address {email or 'none'}", markup=False)


@users_app.command("reset-factor")
def reset_factor(name: str) -> None:
    """Take the second factor of somebody away who has lost it. Their sessions end."""
    with ready():
        user = users.require(name)
        second_factor.reset(user, by=_me())
        screen.print(f"{user.name} has no second factor any more", markup=False)


@users_app.command("disable")
def disable_user(name: str) -> None:
    """Keep a person out from now on: their sessions and API tokens end at once."""
    with ready():
        user = users.require(name)
        with connection.transaction():
            users.disable(user.id)
            audit.add(_me(), "user disable", f"user {user.name}", {})
        screen.print(f"{user.name} may not sign in any more", markup=False)


@users_app.command("enable")
def enable_user(name: str) -> None:
    """Let a person sign in again. Sessions and API tokens that ended stay so."""
    with ready():
        user = users.require(name)
        with connection.transaction():
            users.enable(user.id)
            audit.add(_me(), "user enable", f"user {user.name}", {})
        screen.print(f"{user.name} may sign in again", markup=False)


@tokens_app.command("add")
def add_token(
    user: Annotated[str, typer.Argument(help="Whose token it is; it may do no more than they may.")],
    name: Annotated[str, typer.Argument(help="What it is for")],
    *,
    scope: Annotated[list[Scope] | None, typer.Option(help="What it is good for; repeat it.")] = None,
    days: Annotated[float, typer.Option(min=0.01, max=3660, help="How long it holds.")] = api_tokens.DEFAULT_DAYS,
    client: Annotated[list[int] | None, typer.Option(help="Limit it to this client's number; repeat it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API token and print it: it is shown this once, and only its hash is kept."""
    with ready():
        owner, scopes = users.require(user), scope or [Scope.READ]
        with connection.transaction():
            token = api_tokens.add(owner.id, name[:64], scopes=scopes, days=days, client_ids=client)
            details = {"token": name, "scopes": scopes, "days": days, **({"clients": client} if client else {})}
            audit.add(_me(), "token add", f"user {owner.name}", details)
        if as_json:
            print_json({"token": token, "scopes": scopes})
            return
        typer.echo(token)
        notes.print("keep it now: it is not shown again")


@tokens_app.command("list")
def list_tokens(*, as_json: AsJson = False) -> None:
    """List the API tokens; the tokens themselves are known to nobody."""
    with ready():
        found = stored_tokens.all_()
        if as_json:
            print_json([asdict(one) for one in found])
            return
        columns = ("id", "user", "name", "scopes", "clients", "expires_at", "used_at", "revoked_at")
        print_table("API tokens", columns, [[getattr(one, column) for column in columns] for one in found])


@tokens_app.command("revoke")
def revoke_token(token_id: int) -> None:
    """End an API token now."""
    with ready(), connection.transaction():
        stored_tokens.revoke(token_id)
        audit.add(_me(), "token revoke", f"token {token_id}", {})
        screen.print(f"token {token_id} is revoked")


def _password_asked(name: str, *, from_input: bool) -> str:
    """Read a password from standard input, or ask for it twice, and return it. Raises ``Unfit``."""
    password = sys.stdin.readline().rstrip("\n") if from_input else typer.prompt("Password", hide_input=True)
    passwords.require_fit(password, name)
    if not from_input and typer.prompt("Again", hide_input=True) != password:
        raise passwords.Unfit("the two are not the same; try again")
    return password


def _require_address(email: str) -> None:
    if not 0 < email.find("@") < len(email) - 1 or not email.isprintable() or " " in email:
        raise LookupError(f"{email!r} is no mail address: write it as name@example.com")


def _me() -> str:
    return getpass.getuser()
