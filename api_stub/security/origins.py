"""Where a request comes from and where an answer leads: our own host, a page of ours, this machine, a network."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import Request

import settings

_THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_LONGEST_PATH = 2000
_PREFIXES = {4: 32, 6: 64}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_own_host(netloc: str) -> bool:
    """Tell whether a Host header names us: the public host, or this machine. Another name may be a DNS rebinding."""
    public = settings.current().public_url
    return _is_this_machine(netloc) or bool(public and netloc.lower() == urlsplit(public).netloc.lower())


def is_own_page(request: Request) -> bool:
    """Tell whether a page of ours sent a request, by its Origin, or else by its Sec-Fetch-Site."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return origin.lower() in _own_origins(request)


def own_origin(request: Request) -> str:
    """Return the one origin of our pages: the public one, or where none is set localhost at the request's port."""
    parts = urlsplit(settings.current().public_url or f"{request.url.scheme}://localhost:{request.url.port or 0}")
    host, port = parts.hostname or "", parts.port or 0
    return f"{parts.scheme}://{host}" + ("" if port in (0, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}")


def _own_origins(request: Request) -> set[str]:
    """Return the origins of our pages: the public one, and the request's own where it names this machine."""
    public = settings.current().public_url
    asked = f"{request.url.scheme}://{request.url.netloc}".lower()
    origins = {f"{urlsplit(public).scheme}://{urlsplit(public).netloc}".lower()} if public else set[str]()
    return origins | ({asked} if _is_this_machine(request.url.netloc) else set())


def _is_this_machine(netloc: str) -> bool:
    """Tell whether the whole of ``host:port`` names this machine, not only its beginning."""
    return _THIS_MACHINE.fullmatch(netloc) is not None


def is_loopback(request: Request) -> bool:
    """Tell whether the caller is on this machine; a proxied request or a rebound DNS name does not count."""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    if forwarded or not is_own_host(request.url.netloc):
        return False
    try:
        return _parsed(address(request)).is_loopback
    except ValueError:
        return False


def address(request: Request) -> str:
    """Return the caller's IP address, as far as it is known."""
    return request.client.host if request.client else ""


def network(ip: str) -> str:
    """Return the network that one subscriber usually has: one IPv4 address, also if mapped into IPv6; a /64 of IPv6.

    Returns "unknown" for what is no IP address.
    """
    try:
        parsed = _parsed(ip)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/{_PREFIXES[parsed.version]}", strict=False))


def _parsed(written: str) -> IPv4Address | IPv6Address:
    """Return an address without the port or the zone that some proxies write with it. Raises ``ValueError``."""
    bare = written.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    parsed = ip_address(bare.partition("%")[0])
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed


def own_path(path: str) -> str:
    """Return the path to lead a browser to: this one if it is ours, or else "/"."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    odd = "\\" in path or not path.isprintable() or not path.isascii() or len(path) > _LONGEST_PATH
    ours = path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc
    return path if ours and not odd else "/"
