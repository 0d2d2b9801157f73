"""Settings of the installation: its environment, where it keeps its data, and its logs."""

import tempfile
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from rules.names import server_addresses
from settings import home, production, server_urls
from settings.comma_lists import CommaList

INSTALLATION_SECRETS = {"DATABASE_URL": "DATABASE_URL", "REDIS_URL": "REDIS_URL", "SENTRY_DSN": "SENTRY_DSN"}

_SOCKET_PATH_MAX = 100  # sun_path holds 108 bytes on Linux and 104 on macOS.


class InstallationSettings(BaseSettings):
    """The environment, the home, the database, Redis, and logs."""

    environment: Literal["development", "production"] = "development"
    """Named in error reports; production refuses to start while a setting leaves a door open."""
    language: Literal["en", "de"] = "en"
    """Of pages for who is not known yet, and whose browser asks for none that there is."""
    production_accepts: CommaList[str] = ()
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

    @field_validator("production_accepts")
    @classmethod
    def _known_hazards(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if odd := [one for one in words if one not in production.HAZARDS]:
            raise ValueError(f"{odd[0]!r} is nothing that production refuses; it does: {', '.join(production.HAZARDS)}")
        return words

    @field_validator("home")
    @classmethod
    def _home_is_a_folder(cls, value: Path) -> Path:
        home.require_possible(value)
        return value

    @field_validator("database_url_given")
    @classmethod
    def _database_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with sqlite:///, postgresql:// or postgres://")
        if value:
            server_urls.require_database(value.get_secret_value())
        return value

    @field_validator("redis_url_given")
    @classmethod
    def _redis_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        if value:
            server_urls.require_redis(value.get_secret_value())
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _dsn(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and value.get_secret_value():
            server_addresses.with_user(value.get_secret_value())
            parts = server_addresses.split(value.get_secret_value(), ("https", "http"))
            if not parts.username or not parts.path.rpartition("/")[2].isdecimal():
                raise ValueError("must look like https://KEY@sentry.example.com/NUMBER, as Sentry shows it")
        return value

    @property
    def folders(self) -> list[Path]:
        """The folders whose disks must not fill up: the home, the database's, the documents'."""
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
    def served_port(self) -> Path:
        """The file in which the web process keeps its port while it runs."""
        return self.home / "web.port"

    @cached_property
    def redis_socket(self) -> Path:
        """The embedded server's socket: in ``home``, or in the temporary folder where that path is too long."""
        inside = self.home.absolute() / "redis.sock"
        if len(str(inside)) <= _SOCKET_PATH_MAX:
            return inside
        name = sha256(str(inside).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"nolapse-{name}.sock"

    def server_secrets(self) -> tuple[str, ...]:
        """Return the addresses of servers, which no log may show, because they may hold passwords."""
        given = (self.database_url_given, self.redis_url_given, self.sentry_dsn)
        return tuple(one.get_secret_value() for one in given if one)
