"""Settings of calls to the outside: registries, endpoints, name servers, and their rate limits."""

import ipaddress
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from rules import names
from rules.certificates import private_roots
from rules.names import server_addresses
from settings import json_objects
from settings.comma_lists import CommaList, Networks

_CALLS_MAX = 60_000  # a minute


class OutsideSettings(BaseSettings):
    """The settings of lookups and scans."""

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
    dns_resolvers: CommaList[str] = ()
    """Addresses of the name servers that are asked, with a port where it is not 53; by default those of the system."""
    dns_port: int = Field(53, ge=1, le=65535)
    """Of name servers; another one than 53 only in a network of one's own."""
    verification_port: int = Field(443, ge=1, le=65535)
    """Where the file of a domain's verification is asked for; another one than 443 only in a network of one's own."""
    require_verified: CommaList[Literal["scans"]] = ()
    """What is done only for domains that are verified as their client's, comma-separated."""
    lookup_wait_s: float = Field(10, ge=0, le=30)
    """How long a request that looks something up may wait for the answer."""
    allowed_networks: Networks = ()
    """Networks that the guard would forbid and that are wanted: an intranet, the sandbox. Comma-separated CIDR."""
    hosts: Annotated[dict[str, str], NoDecode] = Field({}, validate_default=False)
    """Addresses for names that no public DNS knows, as JSON: {"*.intranet.example": "10.0.0.7"}."""
    lanes: Annotated[dict[str, float], NoDecode] = Field({}, validate_default=False)
    """Calls a minute, by server, where they differ from rules/rate_limits/lanes.py: {"whois.denic.de": 20, "*": 10}."""
    ca_file: Path | None = None
    """More trusted roots, as PEM."""

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

    @field_validator("dns_resolvers")
    @classmethod
    def _resolver_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            server_addresses.require_resolver(one)
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

    @field_validator("ca_file")
    @classmethod
    def _roots(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                private_roots.parse(value.read_bytes())
            except OSError as error:
                raise ValueError(f"cannot be read: {error.strerror}") from None
        return value
