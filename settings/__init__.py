"""Settings: read from the environment once, frozen, refused at start when malformed.

Every variable is listed in docs/operate.md. ``current()`` is what the rest of the code asks.
"""

import ipaddress
import json
import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from rules import names
from rules.certificates import private_roots
from rules.mail import mailboxes
from rules.names import server_addresses
from settings import (
    cores,
    database_address,
    home,
    identity_providers,
    json_objects,
    named_keys,
    production,
    redaction,
    redis_address,
    secret_files,
)
from settings.alert_channels import CHANNEL_SECRETS, ChannelSettings
from settings.documents import DocumentSettings
from settings.dunning import DunningSettings
from settings.identity_providers import IdentityProvider, Role
from settings.link_keys import LinkSettings
from settings.mail import MAIL_SECRETS, MailSettings
from settings.pings import PING_SECRETS, PingSettings
from settings.storage import STORAGE_SECRETS, StorageSettings
from settings.stripe import STRIPE_SECRETS, StripeSettings
from settings.uploads import UploadSettings
from settings.vies import ViesSettings
from settings.web_limits import WebLimitSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PROVIDER_KEY = re.compile(r"[a-z][a-z0-9-]{0,31}")
_OWN_WAYS = ("credentials", "email", "passkey")
_DAYS_MAX = 36_500
_CALLS_MAX = 60_000  # a minute
_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes on Linux and 104 on macOS.


class BadSettings(Exception):
    """Raised when a variable of the environment is missing or malformed; the message names each."""


_OF_OURS = "Value error, "
"""What pydantic writes before the words of a validator."""

_SERIES = re.compile(r"(?:[A-Z0-9-]|\{year\}){1,16}")
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?")
"""As browsers write it (RFC 6454): in lower case, without a path."""


class Settings(
    StripeSettings,
    LinkSettings,
    ChannelSettings,
    PingSettings,
    MailSettings,
    StorageSettings,
    DocumentSettings,
    UploadSettings,
    WebLimitSettings,
    DunningSettings,
    ViesSettings,
):
    """All settings, with the defaults that a machine without servers needs. Times are in seconds, ages in days."""

    model_config = SettingsConfigDict(env_prefix="NOLAPSE_", frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Literal["development", "production"] = "development"
    """Named in error reports; production refuses to start while a setting leaves a door open."""
    language: Literal["en", "de"] = "en"
    """Of pages for who is not known yet, and whose browser asks for none that there is."""
    production_accepts: Annotated[tuple[str, ...], NoDecode] = ()
    """What production would refuse and is meant so: words of ``settings.production.HAZARDS``, comma-separated."""
    home: Path = Path("var")
    """Where the embedded database, the embedded Redis and the documents live."""

    database_url_given: SecretStr | None = Field(None, validation_alias=AliasChoices("DATABASE_URL"))
    """The database: ``sqlite:///path`` or ``postgresql://...``; by default SQLite in ``home``."""
    database_deadline_s: float = Field(60, ge=1, le=3600)
    """How long a statement may take on PostgreSQL; two seconds later we hang up on what stays silent."""
    redis_url_given: SecretStr | None = Field(None, validation_alias=AliasChoices("REDIS_URL"))
    """Redis: ``redis://``, ``rediss://`` or ``unix://``; by default the embedded one."""
    sentry_dsn: SecretStr | None = Field(None, validation_alias=AliasChoices("SENTRY_DSN"))
    """Where errors are reported that need a change of the code; by default nowhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    log_json: bool = True
    """One JSON object a line; false: lines for people."""

    worker_processes: int | None = Field(None, ge=1, le=64)
    """Worker processes of a pool; by default two on PostgreSQL where two cores may be used, so that both scan."""
    threads_lookup: int = Field(8, ge=1, le=256)
    """Threads of each worker process for look-ups at registries."""
    threads_scan: int = Field(2, ge=1, le=256)
    """Each scans up to ``scans_in_flight`` endpoints at once."""
    threads_billing: int = Field(2, ge=1, le=64)
    """Threads for invoices and their documents."""
    threads_mail: int = Field(4, ge=1, le=64)
    """Threads for mails."""
    threads_default: int = Field(4, ge=1, le=64)
    """Threads for everything else."""
    claim_s: float = Field(20, ge=1, le=3600)
    """How long a claim holds without being renewed."""
    grace_s: float = Field(25, ge=0, le=3600)
    """How long a process that was told to end may finish what it runs."""
    announce_lease_s: float = Field(3, gt=0, le=60)
    """How long a dispatched job may stay unclaimed before it is dispatched again; doubles each time."""
    window: int = Field(2000, ge=10, le=100_000)
    """How many dispatched jobs of a queue Redis holds at the most."""

    lookup_deadline_s: float = Field(15, gt=0, le=120)
    """The total time of one look-up by RDAP or WHOIS."""
    scan_deadline_s: float = Field(10, gt=0, le=120)
    """The total time of one address in a scan."""
    scan_greeting_s: float = Field(30, gt=0, le=120)
    """How long a mail server may take to greet, beside the deadline."""
    scan_ehlo_name: str = ""
    """The name that scans greet mail servers with; by default the address of this machine."""
    scans_in_flight: int = Field(256, ge=1, le=4096)
    """How many endpoints one thread scans at once; each costs a file descriptor."""
    rdap_bootstrap_url: str = "https://data.iana.org/rdap/dns.json"
    """The list of RDAP servers, fetched each week; a snapshot is shipped."""
    whois_root: str = "whois.iana.org:43"
    """The WHOIS server that knows the others."""
    dns_resolvers: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses of the name servers that are asked, with a port where it is not 53; by default those of the system."""
    dns_port: int = Field(53, ge=1, le=65535)
    """Of name servers; another one than 53 only in a network of one's own."""
    verification_port: int = Field(443, ge=1, le=65535)
    """Where the file of a domain's verification is asked for; another one than 443 only in a network of one's own."""
    require_verified: Annotated[tuple[Literal["scans"], ...], NoDecode] = ()
    """What is done only for domains that are verified as their client's, comma-separated."""
    lookup_wait_s: float = Field(10, ge=0, le=30)
    """How long a request that looks something up may wait for the answer."""
    allowed_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    """Networks that the guard would forbid and that are wanted: an intranet, the sandbox. Comma-separated CIDR."""
    hosts: Annotated[dict[str, str], NoDecode] = Field({}, validate_default=False)
    """Addresses for names that no public DNS knows, as JSON: {"*.intranet.example": "10.0.0.7"}."""
    lanes: Annotated[dict[str, float], NoDecode] = Field({}, validate_default=False)
    """Calls a minute, by server, where they differ from rules/rate_limits/lanes.py: {"whois.denic.de": 20, "*": 10}."""
    ca_file: Path | None = None
    """More trusted roots, as PEM."""

    web_host: str = "127.0.0.1"
    """The address at which the web process listens."""
    web_port: int = Field(8450, ge=0, le=65535)
    """0: any free port, which the log then names."""
    public_url: str | None = None
    """Where people reach the web process, such as https://nolapse.example.com; production needs it, with https."""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Whose X-Forwarded-For and X-Forwarded-Proto count. Comma-separated CIDR."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins whose pages may call the API with a token, such as https://app.example; comma-separated, each exact."""
    session_idle_s: int = Field(8 * 3600, ge=60, le=_DAYS_MAX * 86400)
    """After how long without a request a session ends."""
    session_max_s: int = Field(7 * 86400, ge=60, le=_DAYS_MAX * 86400)
    """After how long a session ends in any case."""

    session_strategy: Literal["database", "jwt"] = "database"
    """Where a session is kept: as a row, or encrypted in its cookie."""
    session_keys: SecretStr | None = None
    """Of the strategy jwt: ``name:key,...``, each key 32 bytes in base64url; the first encrypts, all decrypt."""
    second_factor_roles: Annotated[tuple[Role, ...], NoDecode] = ()
    """Roles whose people must have a second factor, comma-separated; others may."""

    oidc: Annotated[dict[str, IdentityProvider], NoDecode] = Field({}, validate_default=False)
    """Who else signs people in, as JSON: {"google": {"client_id": ..., "client_secret": ...}}."""

    alert_mails_apart_s: float = Field(300, ge=1, le=86400)
    """How far apart the mails to one person about alerts are at the least."""
    staff_emails: Annotated[tuple[str, ...], NoDecode] = ()
    """Who is told of alerts that no route takes, or whose routes reach nobody; comma-separated."""
    seller_name: str = "Nolapse"
    """The seller on invoices, until there is a sender."""
    seller_address: Annotated[tuple[str, ...], NoDecode] = ()
    """Their address, line by line, comma-separated."""
    payment_note: str = "Please pay by bank transfer and name the invoice number."
    """A sentence on each invoice."""
    invoice_series: str = "INV"
    """What invoice numbers begin with; each series counts by itself, ``{year}`` in it begins anew each year."""
    invoice_due_days: int = Field(14, ge=0, le=365)
    """Days until an invoice is due."""

    keep_jobs_days: int = Field(30, ge=1, le=_DAYS_MAX)
    """How long ended jobs, closed runs and settled effects are kept."""
    keep_answers_days: int = Field(90, ge=1, le=_DAYS_MAX)
    """How long the raw texts of registries are kept; what they said stays."""
    keep_scans_days: int = Field(365, ge=1, le=_DAYS_MAX)
    """How long scans are kept; what they found and changed stays."""
    keep_measurements_days: int = Field(30, ge=1, le=_DAYS_MAX)
    """How long calls of outside services are kept by minute."""
    keep_sandbox_mail_days: int = Field(1, ge=1, le=_DAYS_MAX)
    """How long the mails are kept that the demo's relay took."""

    task_modules: Annotated[tuple[str, ...], NoDecode] = ()
    """Modules with tasks of your own, comma-separated; they are imported beside ours."""
    failpoints: str = ""
    """Armed failpoints, for the fault tests alone: ``name=action,...`` (see settings/failpoints.py)."""

    @field_validator("allowed_networks", "trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @field_validator("rdap_bootstrap_url")
    @classmethod
    def _bootstrap_address(cls, value: str) -> str:
        server_addresses.require_web(value)
        return value

    @field_validator("whois_root")
    @classmethod
    def _whois_address(cls, value: str) -> str:
        server_addresses.host_and_port(value, 43)
        return value

    @field_validator("scan_ehlo_name")
    @classmethod
    def _greeting_name(cls, value: str) -> str:
        if value and not (names.A_LABELS.fullmatch(value.lower()) and "." in value):
            raise ValueError("must be a whole name of the DNS, such as scanner.example.com")
        return value

    @field_validator("invoice_series")
    @classmethod
    def _series(cls, value: str) -> str:
        if not _SERIES.fullmatch(value):
            raise ValueError("must be up to 16 of A-Z, 0-9 and hyphens; {year} among them stands for the year")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _dsn(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value():
            parts = server_addresses.split(value.get_secret_value(), ("https", "http"))
            if not parts.username or not parts.path.rpartition("/")[2].isdecimal():
                raise ValueError("must look like https://KEY@sentry.example.com/NUMBER, as Sentry shows it")
        return value

    @field_validator("ca_file")
    @classmethod
    def _roots(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                private_roots.parse(value.read_bytes())
            except OSError as error:
                raise ValueError(f"cannot be read: {error.strerror}") from None
        return value

    @field_validator("home")
    @classmethod
    def _home_is_a_folder(cls, value: Path) -> Path:
        home.require_possible(value)
        return value

    @field_validator("web_host")
    @classmethod
    def _listening_host(cls, value: str) -> str:
        server_addresses.require_host(value)
        return value

    @field_validator("task_modules")
    @classmethod
    def _modules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [one for one in value if not all(part.isidentifier() for part in one.split("."))]:
            raise ValueError(f"{odd[0]!r} is no module: give names such as agency.tasks, comma-separated")
        return value

    @field_validator("hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError as error:
                raise ValueError(f"must be a JSON object of names and addresses ({error})") from None
        return value

    @field_validator("hosts")
    @classmethod
    def _host_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for name, address in value.items():
            server_addresses.require_host(name.removeprefix("*."))
            try:
                ipaddress.ip_address(address)
            except ValueError:
                raise ValueError(f"{name}: {address!r} is no address, such as 10.0.0.7") from None
        return value

    @field_validator("session_keys")
    @classmethod
    def _session_keys(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            named_keys.parsed(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _strategy_has_keys(self) -> "Settings":
        if self.session_strategy == "jwt" and self.session_keys is None:
            raise ValueError("NOLAPSE_SESSION_KEYS is missing: NOLAPSE_SESSION_STRATEGY=jwt needs at least one key")
        return self

    @field_validator("oidc", mode="before")
    @classmethod
    def _oidc(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            given = json_objects.parse(value)
        except ValueError:
            raise ValueError("must be a JSON object of providers") from None
        if odd := [key for key in given if not _PROVIDER_KEY.fullmatch(key) or key in _OWN_WAYS]:
            raise ValueError(f"{odd[0]!r} is no short name of a provider: small letters, digits, hyphens")
        return {key: identity_providers.with_preset(key, one) for key, one in given.items()}

    @field_validator("production_accepts")
    @classmethod
    def _known_hazards(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [one for one in words if one not in production.HAZARDS]:
            raise ValueError(f"{odd[0]!r} is nothing that production refuses; it does: {', '.join(production.HAZARDS)}")
        return words

    @model_validator(mode="after")
    def _production_is_closed(self) -> "Settings":
        if told := production.refusals(self):
            raise ValueError("production refuses to start:\n" + "\n".join(told))
        return self

    @model_validator(mode="after")
    def _oidc_is_safe(self) -> "Settings":
        plain = [key for key, one in self.oidc.items() if not one.issuer.startswith("https://")]
        if plain and self.environment == "production":
            raise ValueError(f"NOLAPSE_OIDC: the issuer of {plain[0]!r} must be https:// in production")
        return self

    @model_validator(mode="after")
    def _stripe_is_of_this_environment(self) -> "Settings":
        self.require_stripe_mode(self.environment)
        return self

    @model_validator(mode="after")
    def _vies_is_private(self) -> "Settings":
        self.require_vies_privacy(self.environment)
        return self

    @model_validator(mode="after")
    def _links_have_keys(self) -> "Settings":
        if self.environment == "production" and self.link_keys is None:
            raise ValueError(
                "NOLAPSE_LINK_KEYS is missing: production signs links with keys of yours, such as name:key, the key"
                " 32 random bytes in base64url"
            )
        return self

    @field_validator("lanes", mode="before")
    @classmethod
    def _lanes(cls, value: object) -> object:
        return json_objects.given(value, 'servers and calls a minute, such as {"whois.denic.de": 20}')

    @field_validator("lanes")
    @classmethod
    def _lane_numbers(cls, value: dict[str, float]) -> dict[str, float]:
        for server, per_minute in value.items():
            if server != "*":
                server_addresses.host_and_port(server.removeprefix("*."), 43)
            if not 0 < per_minute <= _CALLS_MAX:
                raise ValueError(f"{server}: {per_minute:g} calls a minute are not above 0 and up to {_CALLS_MAX:,}")
        return {server.lower().rstrip("."): per_minute for server, per_minute in value.items()}

    @field_validator(
        *("staff_emails", "seller_address", "task_modules", "dns_resolvers", "second_factor_roles", "require_verified"),
        "production_accepts",
        "cors_origins",
        mode="before",
    )
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for one in origins:
            if not _ORIGIN.fullmatch(one):
                raise ValueError(f"{one!r} is no origin: write scheme, host and port alone, as https://app.example")
            server_addresses.require_web(one)
        return origins

    @field_validator("dns_resolvers")
    @classmethod
    def _resolver_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            server_addresses.require_resolver(one)
        return value

    @field_validator("public_url")
    @classmethod
    def _public_scheme(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/?#@\s]+/?", value):
            raise ValueError("must be http:// or https:// and a host, without a path")
        if value is not None:
            server_addresses.require_web(value)
        return value.rstrip("/") if value else None

    @field_validator("database_url_given")
    @classmethod
    def _database_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:///, postgresql:// or postgres://")
        if value:
            database_address.require(value.get_secret_value())
        return value

    @field_validator("redis_url_given")
    @classmethod
    def _redis_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        if value:
            redis_address.require(value.get_secret_value())
        return value

    @field_validator("staff_emails")
    @classmethod
    def _staff(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            mailboxes.read(one)
        return value

    @property
    def folders(self) -> list[Path]:
        """Where this machine keeps what must not run out of room: its home, its database, its documents."""
        sqlite = self.database_url.removeprefix("sqlite:///") if self.database_url.startswith("sqlite:///") else None
        return [self.home, *([Path(unquote(sqlite)).parent] if sqlite else []), self.home / "documents"]

    @property
    def database_url(self) -> str:
        """The database's URL; SQLite in ``home`` unless DATABASE_URL says otherwise."""
        if self.database_url_given:
            return self.database_url_given.get_secret_value()
        return f"sqlite:///{self.home.absolute() / 'nolapse.db'}"

    @property
    def redis_url(self) -> str:
        """Redis' URL; the embedded server's socket unless REDIS_URL says otherwise."""
        if self.redis_url_given:
            return self.redis_url_given.get_secret_value()
        return f"unix://{self.redis_socket}"

    @property
    def web_url(self) -> str:
        """Where people reach the web process; by default ``localhost``, where Secure cookies need no TLS."""
        return self.public_url or f"http://localhost:{self.web_port}"

    @property
    def link_url(self) -> str:
        """Where links lead that are handed out: ``web_url``, at the port at which the web process listens now."""
        try:
            served = self.served_port.read_text().strip()
        except OSError:
            served = ""
        return f"http://localhost:{served}" if self.public_url is None and served.isdecimal() else self.web_url

    @property
    def served_port(self) -> Path:
        """The file in which the web process keeps its port while it runs."""
        return self.home / "web.port"

    @property
    def web_is_safe(self) -> bool:
        """Whether passwords and sessions may be sent to the web process: in production only over https."""
        return self.environment != "production" or (self.public_url or "").startswith("https://")

    @cached_property
    def redis_socket(self) -> Path:
        """The embedded server's socket: in ``home``, or in the temporary folder where that path is too long."""
        inside = self.home.absolute() / "redis.sock"
        if len(str(inside)) <= _SOCKET_PATH_MAX:
            return inside
        name = sha256(str(inside).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"nolapse-{name}.sock"

    @property
    def pool_size(self) -> int:
        """How many worker processes a pool keeps. On SQLite a second one would only wait for the one writer."""
        if self.worker_processes is not None:
            return self.worker_processes
        return 1 if self.database_url.startswith("sqlite") else min(2, cores.usable())

    def threads(self, queue: str) -> int:
        """Return how many threads a worker process gives to ``queue``."""
        return int(getattr(self, f"threads_{queue}"))

    def given(self) -> dict[str, object]:
        """Return the settings that differ from their defaults, as JSON has them; of what is secret only that it is."""
        held = {name: getattr(self, name) for name in type(self).model_fields}
        secret = {name for name, value in held.items() if isinstance(value, SecretStr) or name in SECRETS.values()}
        shown = self.model_dump(mode="json", exclude_defaults=True, exclude=secret)
        differs = [name for name in secret if held[name] != type(self).model_fields[name].default]
        return shown | {name: _hidden(held[name]) for name in differs}

    def secrets(self) -> tuple[str, ...]:
        """Return the values that no log may show: what was given as secret, and passwords inside it by themselves."""
        urls = (self.database_url_given, self.redis_url_given, self.sentry_dsn)
        clients = (one.client_secret for one in self.oidc.values())
        given = [secret.get_secret_value() for secret in (*urls, self.session_keys, self.link_keys, *clients) if secret]
        rings = (ring.get_secret_value() for ring in (self.session_keys, self.link_keys) if ring)
        keys = [key for ring in rings for key in named_keys.written(ring)]
        given += [
            *self.stripe_secrets(),
            *self.storage_secrets(),
            *self.mail_secrets(),
            *self.channel_secrets(),
            *self.ping_secrets(),
        ]
        written = [*(url.get_secret_value() for url in urls if url), *self.mail_url_secrets()]
        return (*keys, *given, *(password for url in written for password in _passwords(url)))


def _hidden(secret: object) -> object:
    """Return what may be said of a secret: that it is set, and of several by name how they are called."""
    return sorted(cast("dict[str, object]", secret)) if isinstance(secret, dict) else "(set)"


def _passwords(url: str) -> tuple[str, ...]:
    """Return the password of a URL as it is written there and as it is meant. The user's own name is no secret."""
    parts = urlsplit(url)
    return (parts.password, unquote(parts.password)) if parts.password and parts.password != parts.username else ()


def _network(written: str) -> Network:
    try:
        return ipaddress.ip_network(written)
    except ValueError:
        raise ValueError(
            f"{written[:80]!r} is no network: give its first address and length, such as 10.0.0.0/8, comma-separated"
        ) from None


SECRETS = {
    "DATABASE_URL": "DATABASE_URL",
    "REDIS_URL": "REDIS_URL",
    "SENTRY_DSN": "SENTRY_DSN",
    "NOLAPSE_SESSION_KEYS": "session_keys",
    "NOLAPSE_LINK_KEYS": "link_keys",
    "NOLAPSE_OIDC": "oidc",
    **CHANNEL_SECRETS,
    **PING_SECRETS,
    **MAIL_SECRETS,
    **STORAGE_SECRETS,
    **STRIPE_SECRETS,
}
"""Each variable that may hold a secret, and the name by which ``Settings`` takes it. Each has its ``_FILE``."""

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
    """Use changed settings for a while; for the demo and the tests."""
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
        os.environ.pop(name + secret_files.SUFFIX, None)  # what is given now counts
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
