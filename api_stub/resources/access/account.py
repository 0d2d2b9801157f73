"""The caller's own account: sessions, password, API tokens. Only a session reaches it: no token makes tokens."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from api_stub import lists
from api_stub.fields import Id, IdField, Language, Next, RequestBody, TextLine, ZoneName
from api_stub.resources.access.sign_in import Code, Current, Password
from api_stub.routes import router, visitor
from api_stub.security import api_tokens, cookies, csrf, own_account, second_factor
from api_stub.security.principal import Caller
from db.access import api_tokens as stored_tokens
from db.access import users
from db.access.sessions import SessionEntry
from rules.access import Role, Scope

routes = router(tags=["account"])

TokenName = Annotated[TextLine, Field(min_length=1, max_length=64, examples=["deploy"])]
TokenDays = Annotated[float, Field(ge=0.01, le=3660)]
TokenClients = Annotated[list[IdField], Field(min_length=1, max_length=1000, examples=[[3]])]


FullName = Annotated[TextLine, Field(max_length=100, examples=["Ada Byron"])]


class OwnAccount(BaseModel):
    """Who you are here."""

    name: str = Field(description="What you sign in with", examples=["ada"])
    full_name: str = Field(examples=["Ada Byron"])
    role: Role = Field(examples=["operator"])
    email: str | None = Field(examples=["ada@agency.example"])
    zone: str = Field(examples=["Europe/Berlin"])
    language: str = Field(description="Of mails to you", examples=["en"])


class ProfileChange(RequestBody, extra="forbid"):
    """What is to be different."""

    full_name: FullName = ""
    zone: ZoneName = "UTC"
    language: Language = "en"


class OwnSession(BaseModel):
    """A browser in which you are signed in."""

    id: int = Field(examples=[12])
    device: str = Field(examples=["Firefox on Linux"])
    place: str = Field(description="The network that it was begun from", examples=["192.0.2.7/32"])
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool = Field(description="Whether it is the one that asks")


class NewPassword(RequestBody, extra="forbid"):
    """Another password. ``current`` is null for somebody who has none yet."""

    current: Password | None = None
    new: Password


class NewToken(RequestBody, extra="forbid"):
    """An API token to make."""

    name: TokenName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), examples=[["read"]])]
    days: TokenDays = api_tokens.DEFAULT_DAYS
    clients: TokenClients | None = Field(None, description="Limits it to these clients; null: to none but its owner's")


class OwnToken(BaseModel):
    """An API token of yours; the token itself is known to nobody."""

    id: int = Field(examples=[2])
    name: str = Field(examples=["deploy"])
    scopes: list[Scope] = Field(examples=[["read"]])
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = Field(description="Noted at most once a minute")
    clients: list[str] | None = Field(
        description="The clients to which it is limited; null: to none but its owner's", examples=[["Bakery"]]
    )


class MadeToken(BaseModel):
    """A token, shown this once."""

    token: str = Field(examples=["nlp_PqVNSQBC1yyYb5v8sQkPq4uWfJdLhT9aEoVwRtIMaaa"])
    scopes: list[Scope] = Field(examples=[["read"]])


class EndedSessions(BaseModel):
    """How many sessions ended."""

    ended: int = Field(examples=[2])


class FactorState(BaseModel):
    """Whether an app makes codes for you."""

    enabled: bool
    required: bool = Field(description="Whether you must have a second factor: an app or a passkey")
    recovery_codes_left: int = Field(examples=[10])


class ProposedFactor(BaseModel):
    """What an app needs to make codes; it counts once a code of it was sent."""

    uri: str = Field(examples=["otpauth://totp/Nolapse:ada?secret=JBSWY3DPEHPK3PXP&issuer=Nolapse"])


class FactorCode(RequestBody, extra="forbid"):
    """A code of your app, or a recovery code."""

    code: Code


class RecoveryCodes(BaseModel):
    """Codes that each stand in for one of the app once, shown this once."""

    recovery_codes: list[str] = Field(examples=[["JBSWY3-DPEHPK-3PXPAB-CDEFGH"]])


@routes.get("/api/account")
def read_account(who: Caller) -> OwnAccount:
    """Read who you are here."""
    return own(users.get(who.user_id))


@routes.patch("/api/account")
def change_account(who: Caller, given: ProfileChange) -> OwnAccount:
    """Change your full name, the zone of the times on your pages, or the language of mails to you."""
    own_account.set_profile(who, **{**_profile(users.get(who.user_id)), **given.model_dump(exclude_unset=True)})
    return own(users.get(who.user_id))


def own(user: users.User) -> OwnAccount:
    """Return a person as they see themselves."""
    profile = _profile(user)
    return OwnAccount.model_validate({"name": user.name, "role": user.role, "email": user.email, **profile})


def _profile(user: users.User) -> dict[str, str]:
    return {"full_name": user.full_name, "zone": user.zone, "language": user.language}


@routes.get("/api/account/second-factor")
def read_factor(who: Caller) -> FactorState:
    """Tell whether you have a second factor."""
    enabled, left = own_account.factor_state(who)
    required = second_factor.is_required(users.get(who.user_id))
    return FactorState(enabled=enabled, required=required, recovery_codes_left=left)


@routes.post("/api/account/second-factor", status_code=201)
def propose_factor(who: Caller) -> ProposedFactor:
    """Begin to set up a second factor."""
    return ProposedFactor(uri=own_account.propose_factor(who))


@routes.put("/api/account/second-factor")
def confirm_factor(who: Caller, given: FactorCode) -> RecoveryCodes:
    """Make it count, with a code of it. You are signed out everywhere else."""
    return RecoveryCodes(recovery_codes=own_account.confirm_factor(who, given.code))


@routes.post("/api/account/second-factor/recovery-codes")
def renew_recovery_codes(who: Caller, given: FactorCode) -> RecoveryCodes:
    """Replace your recovery codes, with a code of your second factor."""
    return RecoveryCodes(recovery_codes=second_factor.renew_recovery_codes(users.get(who.user_id), given.code))


@routes.post("/api/account/second-factor/removal", status_code=204)
def remove_factor(who: Caller, given: FactorCode) -> None:
    """Remove your second factor, with a code of it. Not where your role needs one."""
    second_factor.remove(users.get(who.user_id), given.code)


@routes.get("/api/account/sessions")
def list_sessions(who: Caller) -> list[OwnSession]:
    """List the browsers in which you are signed in, the newest first."""
    return [_own_session(one, who) for one in own_account.signed_in(who)]


@routes.delete("/api/account/sessions")
def end_other_sessions(who: Caller) -> EndedSessions:
    """Sign out everywhere else."""
    return EndedSessions(ended=own_account.end_other_sessions(who))


@routes.delete("/api/account/sessions/{session_id}", status_code=204)
def end_session(who: Caller, session_id: Id) -> None:
    """Sign out of one browser."""
    own_account.end_session(who, session_id)


@routes.put("/api/account/password")
def change_password(request: Request, response: Response, who: Caller, given: NewPassword) -> Current:
    """Change your password. Your sessions, links and tokens end; this browser gets a new session."""
    cookie = own_account.change_password(who, current=given.current or "", new=given.new, visitor=visitor(request))
    cookies.put(response, cookies.SESSION, cookie)
    return Current(name=who.name, role=who.role, scopes=None, csrf=csrf.derived(cookie))


class OwnTokens(BaseModel):
    """A page of API tokens."""

    tokens: list[OwnToken]
    next: Next


AskedTokens = Annotated[
    lists.ListQuery,
    lists.asked(stored_tokens.LIST.filters, "holds", "name", sorts=("id", "name", "expires_at"), sort="-id"),
]


@routes.get("/api/account/tokens")
def list_tokens(who: Caller, asked: AskedTokens) -> OwnTokens:
    """List your API tokens that hold, the newest first; with `holds=false` those that are over."""
    return token_page(who.user_id, asked)


def token_page(user_id: int, asked: lists.ListQuery) -> OwnTokens:
    """Return a page of a person's tokens as they see them; without the filter ``holds``, those that hold."""
    filters = {**asked.filters, "holds": asked.filters["holds"] is not False}
    page = replace(asked, filters=filters).page(stored_tokens.LIST, user=user_id)
    return OwnTokens(tokens=[OwnToken.model_validate(asdict(one)) for one in page.rows], next=lists.next_(page))


@routes.post("/api/account/tokens", status_code=201)
def add_token(who: Caller, given: NewToken) -> MadeToken:
    """Make an API token. It is shown this once, and may do no more than you may."""
    scopes = sorted(set(given.scopes))
    token = own_account.add_token(who, given.name, scopes=scopes, days=given.days, client_ids=given.clients)
    return MadeToken(token=token, scopes=scopes)


@routes.delete("/api/account/tokens/{token_id}", status_code=204)
def revoke_token(who: Caller, token_id: Id) -> None:
    """End an API token of yours now."""
    own_account.revoke_token(who, token_id)


def _own_session(entry: SessionEntry, who: Caller) -> OwnSession:
    return OwnSession.model_validate({**asdict(entry), "current": entry.id == who.session_id})
