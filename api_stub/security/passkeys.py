"""Passkeys (WebAuthn Level 3): what a browser is asked for, and which answers count.

    options: a challenge, kept as a hash, for one purpose and one browser, once, for five minutes
        -> the browser and its authenticator -> verified(): the challenge is used up before anything else is looked at

The authenticator always verifies the person (a PIN, a finger), so a passkey is two factors in one and may stand alone.
Attestations are not asked for: nothing here depends on the maker of an authenticator.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api_stub.problems import Problem
from api_stub.security import api_tokens, second_factor
from db import connection
from db.access import audit, passkeys
from db.access.passkeys import CeremonyPurpose, NewPasskey, Passkey, PasskeyTaken
from db.access.users import User

HOLDS_S: Final = 5 * 60
LONGEST_ANSWER: Final = 16 * 1024
"""Characters of JSON; authenticators' answers have some 1,000."""

MOST: Final = 20
"""How many passkeys a person may have."""

_RP_NAME: Final = "Nolapse"
_UNREADABLE: Final = (WebAuthnException, ValueError, TypeError, RecursionError)
_VERIFIED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser to which a challenge is bound: the origin of our pages, and its cookie, which no other browser has."""

    origin: str
    secret: str

    @property
    def rp_id(self) -> str:
        """Return the relying party's id, to which passkeys belong: the host of our pages."""
        return urlsplit(self.origin).hostname or ""


def creation_options(user: User, browser: Browser, purpose: CeremonyPurpose) -> dict[str, Any]:
    """Return the options to make another passkey for a person. Raises ``Problem`` 409 where they have ``MOST``."""
    kept = passkeys.of_user(user.id)
    if len(kept) >= MOST:
        raise Problem(409, "conflict", f"you have {MOST} passkeys; remove one first")
    handle = passkeys.handle(user.id, bytes_to_base64url(secrets.token_bytes(32)))
    return first_options(browser, purpose, name=user.name, handle=handle, kept=kept)


def first_options(
    browser: Browser, purpose: CeremonyPurpose, *, name: str, handle: str, kept: Sequence[Passkey] = ()
) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.create``, as JSON.

    ``handle`` names the account to the authenticator. It is random, so that it tells nothing about the person
    (WebAuthn, 14.6.1).
    """
    options = webauthn.generate_registration_options(
        rp_id=browser.rp_id,
        rp_name=_RP_NAME,
        user_id=base64url_to_bytes(handle),
        user_name=name,
        challenge=_challenge(browser, purpose),
        timeout=HOLDS_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, require_resident_key=True, user_verification=_VERIFIED
        ),
        exclude_credentials=_described(kept),
    )
    return json.loads(webauthn.options_to_json(options))


def request_options(browser: Browser, purpose: CeremonyPurpose, *, kept: Sequence[Passkey] = ()) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.get``, as JSON: for one of ``kept``, or for any passkey."""
    options = webauthn.generate_authentication_options(
        rp_id=browser.rp_id,
        challenge=_challenge(browser, purpose),
        timeout=HOLDS_S * 1000,
        allow_credentials=_described(kept),
        user_verification=_VERIFIED,
    )
    return json.loads(webauthn.options_to_json(options))


def _described(kept: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in kept]


def _challenge(browser: Browser, purpose: CeremonyPurpose) -> bytes:
    made = secrets.token_bytes(32)
    hashed, bound = api_tokens.hashed(bytes_to_base64url(made)), api_tokens.hashed(browser.secret)
    passkeys.challenge(hashed, purpose, bound, holds_s=HOLDS_S)
    return made


def keep(user: User, name: str, new: NewPasskey) -> list[str]:
    """Keep a passkey; return recovery codes where it is the person's first second factor. Raises ``Problem`` 409."""
    with connection.transaction():
        first = not second_factor.is_enrolled(user.id)
        try:
            passkeys.add(user.id, name, new)
        except PasskeyTaken as error:
            raise Problem(409, "conflict", str(error)) from None
        audit.add(user.name, "passkey add", f"user {user.name}", {"passkey": name})
        return second_factor.fresh_codes(user.id) if first else []


def verified_new(answer: str, browser: Browser, purpose: CeremonyPurpose) -> NewPasskey:
    """Return the passkey that an authenticator made. Raises ``Problem`` 401 for an answer that does not count."""
    try:
        credential = parse_registration_credential_json(answer)
        challenge = _used(credential.response.client_data_json, browser, purpose)
        _refuse_attestation(credential.response.attestation_object)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=browser.rp_id,
            expected_origin=browser.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise refused() from None
    return NewPasskey(
        bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key), made.sign_count
    )


def _refuse_attestation(attestation: bytes) -> None:
    """Raise ``ValueError`` for an attestation with a certificate: none was asked for, and none is parsed here."""
    parsed = parse_attestation_object(attestation)
    by_itself = parsed.fmt == AttestationFormat.PACKED and not parsed.att_stmt.x5c
    if parsed.fmt != AttestationFormat.NONE and not by_itself:
        raise ValueError(parsed.fmt)


def verified(answer: str, browser: Browser, purpose: CeremonyPurpose) -> Passkey:
    """Return the passkey that signed an answer. Raises ``Problem`` 401, the same for every fault."""
    try:
        credential = parse_authentication_credential_json(answer)
        challenge = _used(credential.response.client_data_json, browser, purpose)
        kept = passkeys.of_credential(bytes_to_base64url(credential.raw_id))
        if kept is None or not _names_its_person(credential.response.user_handle, kept, purpose):
            raise refused()
        made = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=browser.rp_id,
            expected_origin=browser.origin,
            credential_public_key=base64url_to_bytes(kept.public_key),
            credential_current_sign_count=0,  # counted below, once the signature is known to be good
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise refused() from None
    if not passkeys.used(kept.id, made.new_sign_count):
        audit.add("unknown", "passkey refused", f"passkey {kept.id}", {"why": "its count went back: is it a copy?"})
        raise refused()
    return kept


def _used(client_data: bytes, browser: Browser, purpose: CeremonyPurpose) -> bytes:
    """Use up the challenge of an answer and return it. Raises ``Problem`` 401 where it does not hold."""
    challenge = parse_client_data_json(client_data).challenge
    hashed = api_tokens.hashed(bytes_to_base64url(challenge))
    if not passkeys.use_challenge(hashed, purpose, api_tokens.hashed(browser.secret)):
        raise refused()
    return challenge


def _names_its_person(handle: bytes | None, kept: Passkey, purpose: CeremonyPurpose) -> bool:
    """Tell whether an answer names the passkey's person; only a sign-in must name them (WebAuthn, 7.2, step 6)."""
    if handle is None:
        return purpose is not CeremonyPurpose.SIGN_IN
    return bytes_to_base64url(handle) == passkeys.known_handle(kept.user_id)


def refused() -> Problem:
    """Return the problem of an answer that does not count."""
    return Problem(
        401, "bad-passkey", "This passkey was not accepted: it is not known here, or it took too long; try again"
    )
