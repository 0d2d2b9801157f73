"""Settings: read from the environment once, frozen, refused at start when malformed.

Each subject has a module, and each variable a row in docs/operate.md. The rest of the code calls ``current()``.
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from settings import production, redaction, secret_files
from settings.alerts import CHANNEL_SECRETS, AlertSettings
from settings.billing import BillingSettings
from settings.documents import DocumentSettings
from settings.dunning import DunningSettings
from settings.installation import INSTALLATION_SECRETS, InstallationSettings
from settings.link_keys import LINK_SECRETS, LinkSettings
from settings.mail import MAIL_SECRETS, MailSettings
from settings.outside import OutsideSettings
from settings.pings import PING_SECRETS, PingSettings
from settings.retention import RetentionSettings
from settings.signing_in import SIGN_IN_SECRETS, SignInSettings
from settings.storage import STORAGE_SECRETS, StorageSettings
from settings.stripe import STRIPE_SECRETS, StripeSettings
from settings.web_process import WebSettings
from settings.workers import WorkerSettings


class BadSettings(Exception):
    """Raised when a variable of the environment is missing or malformed; the message names each."""


_OF_OURS = "Value error, "
"""What pydantic writes before the words of a validator."""


class Settings(
    RetentionSettings,
    StorageSettings,
    DocumentSettings,
    DunningSettings,
    StripeSettings,
    BillingSettings,
    PingSettings,
    AlertSettings,
    MailSettings,
    OutsideSettings,
    LinkSettings,
    SignInSettings,
    WebSettings,
    WorkerSettings,
    InstallationSettings,
):
    """All settings, with the defaults that a machine without servers needs. Times are in seconds, ages in days.

    People see them in the order of these subjects, from the last to the first.
    """

    model_config = SettingsConfigDict(env_prefix="NOLAPSE_", frozen=True, extra="ignore", env_ignore_empty=True)

    @model_validator(mode="after")
    def _fits_its_environment(self) -> "Settings":
        if told := production.refusals(self):
            raise ValueError("production refuses to start:\n" + "\n".join(told))
        self.require_safe_issuers(self.environment)
        self.require_stripe_mode(self.environment)
        self.require_vies_privacy(self.environment)
        self.require_link_keys(self.environment)
        return self

    def given(self) -> dict[str, object]:
        """Return the settings that differ from their defaults, as JSON; of secrets only that they are set."""
        held = {name: getattr(self, name) for name in type(self).model_fields}
        secret = {name for name, value in held.items() if isinstance(value, SecretStr) or name in SECRETS.values()}
        shown = self.model_dump(mode="json", exclude_defaults=True, exclude=secret)
        differs = [name for name in secret if held[name] != type(self).model_fields[name].default]
        return shown | {name: _hidden(held[name]) for name in differs}

    def secrets(self) -> tuple[str, ...]:
        """Return the values that no log may show: all secrets, and also each password inside them."""
        servers = self.server_secrets()
        return (
            *servers,
            *self.sign_in_secrets(),
            *self.link_secrets(),
            *self.stripe_secrets(),
            *self.storage_secrets(),
            *self.mail_secrets(),
            *self.channel_secrets(),
            *self.ping_secrets(),
            *(password for url in (*servers, *self.mail_url_secrets()) for password in _passwords(url)),
        )


def _hidden(secret: object) -> object:
    """Return what may be shown of a secret: that it is set; where it holds several, their names."""
    return sorted(cast("dict[str, object]", secret)) if isinstance(secret, dict) else "(set)"


def _passwords(url: str) -> tuple[str, ...]:
    """Return the password of a URL, encoded and decoded. One that equals the user's name is no secret."""
    parts = urlsplit(url)
    return (parts.password, unquote(parts.password)) if parts.password and parts.password != parts.username else ()


SECRETS = {
    **INSTALLATION_SECRETS,
    **SIGN_IN_SECRETS,
    **LINK_SECRETS,
    **CHANNEL_SECRETS,
    **PING_SECRETS,
    **MAIL_SECRETS,
    **STORAGE_SECRETS,
    **STRIPE_SECRETS,
}
"""Variables that may hold a secret -> their fields in ``Settings``.

A file can give each, by a variable with ``_FILE``.
"""

_current: Settings | None = None


def current() -> Settings:
    """Return the settings of this process, read from the environment the first time.

    Raises ``BadSettings`` naming the variable, the value and what would do.
    """
    global _current  # noqa: PLW0603 - the one place that keeps what was read from the environment
    if _current is None:
        _current = load()
    return _current


def scrub(text: str) -> str:
    """Take this installation's secrets out of a text that came from outside or from an error, before it is kept."""
    return _scrubber(current().secrets())(text)


_scrubber = lru_cache(maxsize=1)(redaction.scrubber)


def load(**given: Any) -> Settings:
    """Read the environment; ``given`` wins over it. Raises ``BadSettings``."""
    try:
        held: dict[str, Any] = {SECRETS[name]: value for name, value in secret_files.read(SECRETS, os.environ).items()}
        return Settings(**{**held, **given})
    except secret_files.BadSecretFile as error:
        raise BadSettings(str(error)) from None
    except ValidationError as error:
        raise BadSettings("\n".join(_complaint(one) for one in error.errors())) from None


@contextmanager
def override(**changes: Any) -> Generator[Settings]:
    """Use changed settings for a while: for tests."""
    global _current  # noqa: PLW0603 - see current()
    before, _current = _current, current().model_copy(update=changes)
    try:
        yield _current
    finally:
        _current = before


def adopt(variables: Mapping[str, str]) -> Settings:
    """Change the environment of this process, and so of its children, and read it anew. Raises ``BadSettings``."""
    global _current  # noqa: PLW0603 - see current()
    os.environ.update(variables)
    for name in SECRETS.keys() & variables.keys():
        os.environ.pop(name + secret_files.SUFFIX, None)  # the new value replaces the file
    _current = load()
    return _current


def _complaint(error: Mapping[str, Any]) -> str:
    if not error["loc"]:  # of several variables at once: the message names them
        return str(error["msg"]).removeprefix(_OF_OURS)
    name = str(error["loc"][0])
    variable = name if name.isupper() else f"NOLAPSE_{name.upper()}"
    raw = os.environ.get(variable, error.get("input"))
    shown = "a secret that is not shown" if variable in SECRETS or variable.endswith("_URL") else repr(raw)
    return f"{variable} is {shown}: {str(error['msg']).removeprefix(_OF_OURS)}"
