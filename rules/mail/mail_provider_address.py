"""Where mails are handed over: the URLs of providers, taken apart.

smtp://user:password@host:587?tls=starttls        a relay
ses://KEY:SECRET@eu-central-1?configuration_set=x  Amazon SES; without keys boto3 finds some by itself
"""

import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, unquote

from rules.mail.relay_address import RelayAddress
from rules.names import server_addresses

MOST_PROVIDERS: Final = 5

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]{1,20}){1,3}-\d{1,2}")
_SET = re.compile(r"[A-Za-z0-9_-]{0,64}")
_ENDPOINT = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_FORM = "a provider is smtp://user:password@host:587?tls=starttls or ses://KEY:SECRET@region?configuration_set=..."


@dataclass(frozen=True, slots=True)
class SesAddress:
    """A region of Amazon SES, the account's keys where they are given, and how it is spoken to."""

    region: str
    access_key: str
    secret_key: str = field(repr=False)
    configuration_set: str = ""
    endpoint: str | None = None

    @property
    def server(self) -> str:
        """The endpoint's host, with its port where one is given."""
        return self.endpoint.partition("://")[2] if self.endpoint else f"email.{self.region}.amazonaws.com"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take a URL apart. Raises ValueError, with nothing in it that could be the secret."""
        parts = server_addresses.with_user(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        region = parts.hostname or ""
        access, secret = unquote(parts.username or ""), unquote(parts.password or "")
        if options.keys() - {"configuration_set", "endpoint"}:
            raise ValueError("ses:// takes configuration_set and endpoint, and nothing else")
        if not _REGION.fullmatch(region) or parts.path.strip("/"):
            raise ValueError("ses:// names a region of AWS, such as ses://eu-central-1")
        if bool(access) != bool(secret):
            raise ValueError("ses:// has both keys, ses://KEY:SECRET@region, or none of them")
        if not _SET.fullmatch(options.get("configuration_set", "")):
            raise ValueError("configuration_set is up to 64 letters, digits, - and _")
        endpoint = options.get("endpoint")
        if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
            raise ValueError("endpoint is https:// and a host, without a path")
        return cls(region, access, secret, options.get("configuration_set", ""), endpoint)


ProviderAddress = RelayAddress | SesAddress


def parse(url: str) -> ProviderAddress:
    """Take the URL of a provider apart. Raises ValueError, with nothing in it that could be a secret."""
    if url.startswith("smtp://"):
        return RelayAddress.parse(url)
    if url.startswith("ses://"):
        return SesAddress.parse(url)
    raise ValueError(_FORM)


def listed(urls: str) -> tuple[str, ...]:
    """Return the URLs in a list, in the order in which they are tried. Raises ValueError."""
    found = tuple(urls.replace(",", " ").split())
    if not 1 <= len(found) <= MOST_PROVIDERS:
        raise ValueError(f"names one to {MOST_PROVIDERS} providers, separated by commas or spaces")
    for one in found:
        parse(one)
    return found
