"""Lists in variables: separated by commas, with blanks where people like them."""

import ipaddress
from typing import Annotated, TypeVar

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _networks(value: object) -> object:
    if isinstance(value, str):
        return tuple(_network(part.strip()) for part in value.split(",") if part.strip())
    return value


def _network(written: str) -> Network:
    try:
        return ipaddress.ip_network(written)
    except ValueError:
        raise ValueError(
            f"{written[:80]!r} is no network: give its first address and length, such as 10.0.0.0/8, comma-separated"
        ) from None


CommaList = Annotated[tuple[T, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
