"""Settings of mail: the providers, the rates, where bounces come in, and how mails are signed."""

import re
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from rules.checks import stages
from rules.mail import mail_provider_address, mailboxes, oauth_accounts
from rules.mail.mailbox_address import MailboxAddress
from rules.mail.oauth_accounts import OauthAccount
from rules.mail.relay_address import RelayAddress
from rules.names import server_addresses
from settings import json_objects
from settings.comma_lists import CommaList

MAIL_SECRETS = {
    "NOLAPSE_SMTP_URL": "smtp_url",
    "NOLAPSE_MAIL_URLS": "mail_urls",
    "NOLAPSE_MAIL_DKIM_KEY": "mail_dkim_key",
    "NOLAPSE_MAIL_HOOK_TOKEN": "mail_hook_token",
    "NOLAPSE_MAIL_BOX_URL": "mail_box_url",
    "NOLAPSE_MAIL_OAUTH": "mail_oauth",
}

_SHORTEST_TOKEN = 24
_MAILS_MAX = 600_000  # a minute
_TOPIC = re.compile(r"arn:aws[a-z-]{0,10}:sns:[a-z0-9-]{4,30}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class MailSettings(BaseSettings):
    """The variables ``NOLAPSE_SMTP_URL`` and ``NOLAPSE_MAIL_...``."""

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:25?tls=none")
    """The relay: ``smtp://user:password@host:587?tls=starttls``, ``implicit``, or ``none`` on this machine."""
    mail_urls: SecretStr | None = None
    """Providers in the order in which they are tried, comma-separated; by default ``smtp_url`` alone."""
    mail_from: str = "nolapse@localhost"
    """The sender of mails, bare or ``Name <address>``; its domain is part of each Message-ID."""
    mail_bounces: str = ""
    """The address at which bounces come in: each mail's return path is it with ``+TOKEN``. Empty: the sender's own."""
    mail_rates: Annotated[dict[str, float], NoDecode] = Field({}, validate_default=False)
    """Mails a minute, by provider's host or recipients' domain, as JSON: {"gmail.com": 120, "a.example:587": 600}."""
    mail_dkim_key: SecretStr | None = None
    """A private key with which mails are signed: RSA as PEM, or Ed25519 in base64. Most relays sign by themselves."""
    mail_dkim_selector: str = ""
    """The name under which the public half of the key stands in the DNS."""
    mail_hook_token: SecretStr | None = None
    """What a program shows that hands in messages that came back, by HTTP."""
    mail_box_url: SecretStr | None = None
    """The mailbox in which bounces come in: ``imaps://user:password@host:993/INBOX``."""
    mail_oauth: Annotated[dict[str, OauthAccount], NoDecode] = Field({}, validate_default=False)
    """Accounts that sign in by a token, as JSON by the user's name: see ``rules.mail.oauth_accounts``."""
    client_notice_days: Annotated[tuple[int, ...], NoDecode] = (30, 7, 1)
    """Days before an end at which clients are told who want to be, comma-separated."""
    mail_sns_topics: CommaList[str] = ()
    """ARNs of the SNS topics whose messages about mails are taken, comma-separated."""

    @field_validator("smtp_url")
    @classmethod
    def _smtp_scheme(cls, value: SecretStr) -> SecretStr:
        RelayAddress.parse(value.get_secret_value())
        return value

    @field_validator("mail_urls")
    @classmethod
    def _provider_urls(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            mail_provider_address.listed(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        mailboxes.read(value)
        return value

    @field_validator("mail_bounces")
    @classmethod
    def _bounces(cls, value: str) -> str:
        return mailboxes.wire_address(value) if value else value

    @field_validator("mail_rates", mode="before")
    @classmethod
    def _rates(cls, value: object) -> object:
        return json_objects.given(value, 'names and mails a minute, such as {"gmail.com": 120}')

    @field_validator("mail_rates")
    @classmethod
    def _rate_numbers(cls, value: dict[str, float]) -> dict[str, float]:
        for name, per_minute in value.items():
            server_addresses.host_and_port(name, 25)
            if not 0 < per_minute <= _MAILS_MAX:
                raise ValueError(f"{name}: {per_minute:g} mails a minute are not above 0 and up to {_MAILS_MAX:,}")
        return {name.lower().rstrip("."): per_minute for name, per_minute in value.items()}

    @field_validator("mail_hook_token")
    @classmethod
    def _long_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"must have at least {_SHORTEST_TOKEN} characters, such as `openssl rand -hex 24` makes")
        return value

    @field_validator("mail_box_url")
    @classmethod
    def _mailbox(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            MailboxAddress.parse(value.get_secret_value())
        return value

    @field_validator("mail_oauth", mode="before")
    @classmethod
    def _oauth(cls, value: object) -> object:
        return oauth_accounts.read(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _tokens_have_accounts(self) -> "MailSettings":
        if missing := [one.user for one in self._signing_in_by_token() if one.user not in self.mail_oauth]:
            raise ValueError(f"NOLAPSE_MAIL_OAUTH has no account {missing[0]!r}, which a URL with auth=xoauth2 names")
        return self

    def _signing_in_by_token(self) -> list[RelayAddress | MailboxAddress]:
        addresses = [mail_provider_address.parse(one) for one in self.mail_provider_urls]
        named = [one for one in addresses if isinstance(one, RelayAddress)]
        box = [MailboxAddress.parse(self.mail_box_url.get_secret_value())] if self.mail_box_url else []
        return [one for one in (*named, *box) if one.by_token]

    @field_validator("mail_sns_topics")
    @classmethod
    def _arns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [one for one in value if not _TOPIC.fullmatch(one)]:
            raise ValueError(f"{odd[0][:80]!r} is no topic: arn:aws:sns:REGION:ACCOUNT:NAME")
        return value

    @field_validator("client_notice_days", mode="before")
    @classmethod
    def _notice_days(cls, value: object) -> object:
        return stages.parse(value) if isinstance(value, str) else value

    @field_validator("mail_dkim_selector")
    @classmethod
    def _selector(cls, value: str) -> str:
        if value and not _SELECTOR.fullmatch(value):
            raise ValueError("must be a name of DNS, such as nolapse2026")
        return value

    @model_validator(mode="after")
    def _dkim_has_both(self) -> "MailSettings":
        if (self.mail_dkim_key is not None) != bool(self.mail_dkim_selector):
            raise ValueError("NOLAPSE_MAIL_DKIM_KEY and NOLAPSE_MAIL_DKIM_SELECTOR go together: one is missing")
        return self

    @property
    def mail_provider_urls(self) -> tuple[str, ...]:
        """The providers' URLs, in the order in which they are tried."""
        if self.mail_urls is None:
            return (self.smtp_url.get_secret_value(),)
        return mail_provider_address.listed(self.mail_urls.get_secret_value())

    def mail_secrets(self) -> list[str]:
        """Return the values that no log may show, without the passwords inside URLs."""
        given = (self.smtp_url, self.mail_urls, self.mail_dkim_key, self.mail_hook_token, self.mail_box_url)
        of_accounts = [secret for account in self.mail_oauth.values() for secret in account.secrets]
        return [*(one.get_secret_value() for one in given if one), *of_accounts]

    def mail_url_secrets(self) -> list[str]:
        """Return the URLs that may hold a password, each by itself."""
        box = [self.mail_box_url.get_secret_value()] if self.mail_box_url else []
        return [self.smtp_url.get_secret_value(), *(self.mail_provider_urls if self.mail_urls else ()), *box]
