"""Where documents are kept: the storage's URL, taken apart."""

import re
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import parse_qsl, unquote, urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""The names of buckets that every S3 service accepts."""

_PREFIX = re.compile(r"[a-z0-9_-][a-z0-9_.-]*(/[a-z0-9_-][a-z0-9_.-]*)*")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ENDPOINT = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_FORM = "file:///folder or s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example"


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder of this machine, or one that several machines mount."""

    path: PurePath

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class S3Address:
    """A bucket, and the prefix of every key in it. Without an endpoint it is a bucket of AWS."""

    bucket: str
    prefix: str
    region: str
    endpoint: str | None

    def __str__(self) -> str:
        return f"the bucket {self.bucket} at {self.server}"

    @property
    def server(self) -> str:
        """The endpoint's host, with its port where one is given."""
        return self.endpoint.partition("://")[2] if self.endpoint else f"s3.{self.region}.amazonaws.com"

    @property
    def origin(self) -> str:
        """The bucket's origin, as browsers see it (RFC 6454). AWS gives each bucket a host of its own.

        A bucket whose name has a dot does not get one, because no certificate would be valid for it.
        """
        if self.endpoint:
            return self.endpoint
        return f"https://{self.server}" if "." in self.bucket else f"https://{self.bucket}.{self.server}"


def parse(url: str) -> FolderAddress | S3Address:
    """Parse ``file:///folder`` or ``s3://bucket/prefix?region=..&endpoint=..``.

    Raises ``ValueError`` that names what is wrong.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "file":
        return _folder(url)
    if scheme == "s3":
        return _bucket(url)
    raise ValueError(f"must be {_FORM}")


def _folder(url: str) -> FolderAddress:
    parts = urlsplit(url)
    path = PurePath(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute() or "\0" in str(path):
        raise ValueError("a folder is written file:///, then its absolute path, and nothing else")
    return FolderAddress(path)


def _bucket(url: str) -> S3Address:
    where = url.partition("?")[0]
    if "@" in where or ":" in where.partition("://")[2]:
        raise ValueError("keys do not stand in the URL: NOLAPSE_STORAGE_ACCESS_KEY and NOLAPSE_STORAGE_SECRET_KEY do")
    parts = urlsplit(url)
    if not _BUCKET.fullmatch(parts.netloc):
        raise ValueError(f"{parts.netloc[:80]!r} is no name of a bucket: 3 to 63 of a-z, 0-9, hyphen and dot")
    prefix = parts.path.strip("/")
    if prefix and not _PREFIX.fullmatch(prefix):
        raise ValueError(f"{prefix[:80]!r} is no prefix: a-z, 0-9, hyphen, underscore, dot, and slashes between")
    return S3Address(parts.netloc, prefix, *_options(parts.query))


def _options(query: str) -> tuple[str, str | None]:
    given = parse_qsl(query, keep_blank_values=True)
    options = dict(given)
    if odd := options.keys() - {"region", "endpoint"}:
        raise ValueError(f"{min(odd)[:40]!r} is unknown: a bucket takes region and endpoint")
    if len(given) != len(options):
        raise ValueError("region and endpoint are given once each")
    region, endpoint = options.get("region", "us-east-1"), options.get("endpoint")
    if not _REGION.fullmatch(region):
        raise ValueError(f"{region[:40]!r} is no region, such as eu-central-1")
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint.rstrip("/")):
        raise ValueError("endpoint is https:// and a host, with a port where it is not 443, and no path")
    return region, endpoint.rstrip("/") if endpoint else None
