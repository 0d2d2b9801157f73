"""Passkeys: the caller's own, and the options for a browser that signs in with one.

The options are what ``PublicKeyCredential.parseCreationOptionsFromJSON`` and ``parseRequestOptionsFromJSON`` read; the
credential is what its ``toJSON()`` writes (WebAuthn Level 3).
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.requests import Request

from api_stub.fields import Id, RequestBody, TextLine
from api_stub.problems import sign_in_needed
from api_stub.resources.access.account import RecoveryCodes
from api_stub.resources.access.sign_in import Current, Password, current_of, give_session
from api_stub.routes import router, visitor
from api_stub.security import admission, cookies, csrf, first_owner, origins, own_passkeys
from api_stub.security.passkeys import LONGEST_ANSWER, Browser
from api_stub.security.principal import Caller
from db.access.passkeys import CeremonyPurpose

routes = router(tags=["passkeys"])

PasskeyName = Annotated[TextLine, Field(min_length=1, max_length=64, examples=["my phone"])]


def _bounded(credential: dict[str, Any]) -> dict[str, Any]:
    if len(json.dumps(credential)) > LONGEST_ANSWER:
        raise ValueError(f"is longer than {LONGEST_ANSWER} characters; no authenticator answers so much")
    return credential


Credential = Annotated[dict[str, Any], AfterValidator(_bounded), Field(description="As `toJSON()` writes it")]


class OwnPasskey(BaseModel):
    """A passkey of yours."""

    id: int = Field(examples=[5])
    name: str = Field(examples=["my phone"])
    created_at: datetime
    used_at: datetime | None


class PasskeyBegin(RequestBody, extra="forbid"):
    """Your password, if you have one: a session that somebody else got hold of must not make passkeys."""

    current: Password | None = None


class NewPasskey(RequestBody, extra="forbid"):
    """A passkey that the browser made."""

    name: PasskeyName
    credential: Credential


class PasskeyChange(RequestBody, extra="forbid"):
    """Another name."""

    name: PasskeyName


class CeremonyStart(RequestBody, extra="forbid"):
    """What a passkey is wanted for, before anybody is signed in. ``token`` and ``name`` are the first owner's."""

    purpose: Literal["sign-in", "second factor", "enrolment", "first owner"] = "sign-in"
    token: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[TextLine, Field(max_length=100)] = ""


class PasskeyAnswer(RequestBody, extra="forbid"):
    """What the browser answered."""

    credential: Credential


class CeremonyOptions(BaseModel, extra="allow"):
    """What the browser is to be given, as WebAuthn has it."""

    challenge: str = Field(examples=["xZ0rB2mG7c1n3yYb5v8sQkPq4uWfJdLhT9aEoVwRtIM"])


@routes.get("/api/account/passkeys")
def list_passkeys(who: Caller) -> list[OwnPasskey]:
    """List your passkeys, the newest first."""
    return [OwnPasskey.model_validate(asdict(one)) for one in own_passkeys.listed(who)]


@routes.post("/api/account/passkeys/options")
def begin_passkey(request: Request, who: Caller, given: PasskeyBegin) -> CeremonyOptions:
    """Begin to make a passkey: give the browser what `navigator.credentials.create` takes."""
    options = own_passkeys.options(who, session_browser(request), current=given.current or "")
    return CeremonyOptions.model_validate(options)


@routes.post("/api/account/passkeys", status_code=201)
def add_passkey(request: Request, who: Caller, given: NewPasskey) -> RecoveryCodes:
    """Keep the passkey. The first second factor signs you out elsewhere and comes with recovery codes."""
    codes = own_passkeys.add(who, session_browser(request), name=given.name, answer=json.dumps(given.credential))
    return RecoveryCodes(recovery_codes=codes)


@routes.patch("/api/account/passkeys/{passkey_id}", status_code=204)
def rename_passkey(who: Caller, passkey_id: Id, given: PasskeyChange) -> None:
    """Give a passkey of yours another name."""
    own_passkeys.rename(who, passkey_id, given.name)


@routes.delete("/api/account/passkeys/{passkey_id}", status_code=204)
def remove_passkey(who: Caller, passkey_id: Id) -> None:
    """Remove a passkey of yours. Not the last second factor, where you must have one."""
    own_passkeys.remove(who, passkey_id)


@routes.post("/api/auth/passkey/options")
def begin_ceremony(request: Request, given: CeremonyStart) -> CeremonyOptions:
    """Begin to sign in with a passkey, or to end a sign-in that waits for a second factor with one."""
    purpose = CeremonyPurpose(given.purpose)
    if purpose is CeremonyPurpose.SIGN_IN:
        return CeremonyOptions.model_validate(admission.passkey_options(form_browser(request), visitor(request)))
    cookie, origin = request.cookies.get(admission.PENDING_COOKIE), origins.own_origin(request)
    if purpose is CeremonyPurpose.FIRST_OWNER:
        return CeremonyOptions.model_validate(first_owner.passkey_options(given.token, given.name, origin))
    return CeremonyOptions.model_validate(admission.pending_passkey_options(cookie, origin, purpose))


@routes.post("/api/auth/signin/passkey")
def sign_in_with_passkey(request: Request, response: Response, given: PasskeyAnswer) -> Current:
    """Sign in with a passkey and nothing else."""
    how_far = admission.by_passkey(json.dumps(given.credential), form_browser(request), visitor(request))
    if how_far.session is None:
        raise sign_in_needed()
    return current_of(give_session(request, response, how_far.session))


def session_browser(request: Request) -> Browser:
    """Return the browser of a person who is signed in."""
    return Browser(origins.own_origin(request), request.cookies.get(cookies.SESSION, ""))


def form_browser(request: Request) -> Browser:
    """Return the browser of a visitor who is not signed in, bound by the cookie that its CSRF token is made of."""
    return Browser(origins.own_origin(request), csrf.cookie_of(request) or "")
