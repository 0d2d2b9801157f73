"""One's own account: sessions, the password, passkeys, tokens; and the page that asks before signing out."""

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Response
from markupsafe import Markup
from starlette.requests import Request

from api_stub import entries, routes
from api_stub.fields import Id, Language, TextLine, ZoneName
from api_stub.problems import Problem
from api_stub.resources.access.account import FullName, TokenDays, TokenName
from api_stub.resources.access.passkeys import PasskeyName, session_browser
from api_stub.resources.access.sign_in import Code
from api_stub.resources.alerting import alert_preferences
from api_stub.resources.alerting.alert_preferences import AlertPreferenceGiven
from api_stub.security import api_tokens, cookies, own_account, own_passkeys, second_factor
from api_stub.security.passwords import LONGEST, SHORTEST
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db.access import identities, users
from rules.access import Scope
from rules.checks.alarms import Urgency
from wording.messages import _, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

_Time = Annotated[TextLine, Form(max_length=16)]
_PASSWORD = Annotated[str, Form(max_length=LONGEST)]


@pages.get("/sign-out")
def sign_out(request: Request) -> Response:
    """Ask before signing out."""
    return render.page(request, "access/sign_out.html")


@pages.get("/account")
def account(request: Request, who: Caller) -> Response:
    """Show one's own account."""
    return _page(request, who)


def _page(request: Request, who: Caller, *, token: str | None = None, recovery_codes: Sequence[str] = ()) -> Response:
    enabled, codes_left = own_account.factor_state(who)
    user = users.get(who.user_id)
    return render.page(
        request,
        "access/account.html",
        user=user,
        zones=sorted(available_timezones()),
        sessions=own_account.signed_in(who),
        tokens=own_account.own_tokens(who),
        has_password=user.password is not None,
        made_token=token,
        identities=identities.of_user(who.user_id),
        recovery_codes=recovery_codes,
        factor_enabled=enabled,
        factor_required=second_factor.is_required(user),
        passkeys=own_passkeys.listed(who),
        codes_left=codes_left,
        scopes=list(Scope),
        alerts=alert_preferences.read_alert_preference(who),
        urgencies=[one.name.lower() for one in Urgency],
        shortest=SHORTEST,
        longest=LONGEST,
        default_days=api_tokens.DEFAULT_DAYS,
    )


@pages.post("/account/profile")
def set_profile(
    who: Caller,
    zone: Annotated[ZoneName, Form()],
    language: Annotated[Language, Form()],
    full_name: Annotated[FullName, Form()] = "",
) -> Response:
    """Keep one's full name, zone and language."""
    own_account.set_profile(who, full_name=full_name.strip(), zone=zone, language=language)
    return flash_messages.redirect("/account", _("Your profile is saved."))


@pages.post("/account/alerts")
def set_alerts(
    who: Caller,
    *,
    digest_at: _Time = "",
    quiet_from: _Time = "",
    quiet_until: _Time = "",
    at_once_from: _Time = "critical",
    muted: Annotated[TextLine, Form(max_length=2000)] = "",
) -> Response:
    """Keep how one wants to be told of alerts."""
    given = {
        "digest_at": digest_at or None,
        "quiet_from": quiet_from or None,
        "quiet_until": quiet_until or None,
        "at_once_from": at_once_from,
        "muted": muted.replace(",", " ").split(),
    }
    alert_preferences.kept(who, entries.modelled(AlertPreferenceGiven, given))
    return flash_messages.redirect("/account#alerts", _("Saved; it holds from the next alert on."))


@pages.post("/account/sessions/{session_id}/end")
def end_session(who: Caller, session_id: Id) -> Response:
    """Sign out of one browser."""
    own_account.end_session(who, session_id)
    return flash_messages.redirect("/account", _("That browser is signed out."))


@pages.post("/account/other-sessions/end")
def end_other_sessions(who: Caller) -> Response:
    """Sign out everywhere else."""
    ended = own_account.end_other_sessions(who)
    return flash_messages.redirect(
        "/account", ngettext("Signed out of {number} other browser.", "Signed out of {number} other browsers.", ended)
    )


@pages.post("/account/password")
def change_password(
    request: Request, who: Caller, new: Annotated[_PASSWORD, Form(min_length=1)], current: _PASSWORD = ""
) -> Response:
    """Change one's password."""
    cookie = own_account.change_password(who, current=current, new=new, visitor=routes.visitor(request))
    response = flash_messages.redirect(
        "/account", _("Your password is changed, and you are signed out everywhere else.")
    )
    cookies.put(response, cookies.SESSION, cookie)
    return response


@pages.post("/account/second-factor")
def propose_factor(request: Request, who: Caller) -> Response:
    """Begin to set up a second factor: show the QR code."""
    return render.page(request, "access/own_second_factor.html", **factor_fields(own_account.propose_factor(who)))


@pages.post("/account/second-factor/confirm")
def confirm_factor(request: Request, who: Caller, code: Annotated[Code, Form()]) -> Response:
    """Make the second factor count and show the recovery codes: this once. A wrong code is asked for again."""
    try:
        codes = own_account.confirm_factor(who, code)
    except Problem as problem:
        if problem.kind != "bad-code":
            raise
        fields = factor_fields(second_factor.proposed_uri(users.get(who.user_id)), problem)
        return render.page(request, "access/own_second_factor.html", **fields)
    return _page(request, who, recovery_codes=codes)


def factor_fields(uri: str, problem: Problem | None = None) -> dict[str, object]:
    """Return the template's values for the set-up of a second factor."""
    return {"qr": Markup(second_factor.qr(uri)), "secret": second_factor.secret_of(uri), "problem": problem}  # noqa: S704 - made by us


@pages.post("/account/second-factor/recovery-codes")
def renew_recovery_codes(request: Request, who: Caller, code: Annotated[Code, Form()]) -> Response:
    """Replace the recovery codes and show the new ones: this once."""
    codes = second_factor.renew_recovery_codes(users.get(who.user_id), code)
    return _page(request, who, recovery_codes=codes)


@pages.post("/account/second-factor/remove")
def remove_factor(who: Caller, code: Annotated[Code, Form()]) -> Response:
    """Remove one's second factor."""
    second_factor.remove(users.get(who.user_id), code)
    return flash_messages.redirect("/account", _("Your second factor is removed."))


@pages.post("/account/passkeys")
def add_passkey(
    request: Request, who: Caller, name: Annotated[PasskeyName, Form()], credential: fields.Credential
) -> Response:
    """Keep a passkey; the recovery codes that come with a first one are shown: this once."""
    try:
        codes = own_passkeys.add(who, session_browser(request), name=name, answer=credential)
    except Problem as problem:
        return flash_messages.redirect("/account", _("Nothing was changed: {detail}.", detail=problem.detail))
    return (
        _page(request, who, recovery_codes=codes)
        if codes
        else flash_messages.redirect("/account", _("{name} is kept.", name=name))
    )


@pages.post("/account/passkeys/{passkey_id}/name")
def rename_passkey(who: Caller, passkey_id: Id, name: Annotated[PasskeyName, Form()]) -> Response:
    """Give a passkey another name."""
    own_passkeys.rename(who, passkey_id, name)
    return flash_messages.redirect("/account", _("That passkey is {name} now.", name=name))


@pages.post("/account/passkeys/{passkey_id}/remove")
def remove_passkey(who: Caller, passkey_id: Id) -> Response:
    """Remove a passkey."""
    try:
        own_passkeys.remove(who, passkey_id)
    except Problem as problem:
        if problem.kind != "conflict":
            raise
        return flash_messages.redirect("/account", _("Nothing was changed: {detail}.", detail=problem.detail))
    return flash_messages.redirect(
        "/account", _("That passkey signs you in no more; remove it from your device as well.")
    )


@pages.post("/account/tokens")
def add_token(
    request: Request,
    who: Caller,
    name: Annotated[TokenName, Form()],
    scope: Annotated[list[Scope], Form(min_length=1, max_length=len(Scope))],
    days: Annotated[TokenDays, Form()] = api_tokens.DEFAULT_DAYS,
    *,
    clients: fields.ClientNumbers = "",
) -> Response:
    """Make an API token and show it: this once, so there is no address to come back to."""
    numbers = fields.client_numbers(clients)
    token = own_account.add_token(who, name, scopes=sorted(set(scope)), days=days, client_ids=numbers)
    return _page(request, who, token=token)


@pages.post("/account/tokens/{token_id}/revoke")
def revoke_token(who: Caller, token_id: Id) -> Response:
    """End one of one's API tokens."""
    own_account.revoke_token(who, token_id)
    return flash_messages.redirect("/account", _("That token is revoked."))
