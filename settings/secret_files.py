"""Secrets as files, as containers hand them in: ``NAME_FILE`` is the path of a file with the value of ``NAME``."""

from collections.abc import Iterable, Mapping
from pathlib import Path

SUFFIX = "_FILE"
LARGEST = 64 * 1024  # bytes


class BadSecretFile(ValueError):
    """Raised when a secret cannot be read, or is given twice; the message names the variables and no content."""


def read(names: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that files hold, by the names of their variables. Raises ``BadSecretFile``."""
    return {name: _read(name, environment) for name in names if environment.get(name + SUFFIX)}


def _read(name: str, environment: Mapping[str, str]) -> str:
    variable = name + SUFFIX
    if environment.get(name):
        raise BadSecretFile(f"{name} and {variable} are both set: keep one of them")
    path = Path(environment[variable])
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode()
    except OSError as error:
        raise BadSecretFile(f"{variable}: {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadSecretFile(f"{variable}: {path} is not UTF-8 text") from None
    if len(content) > LARGEST:
        raise BadSecretFile(f"{variable}: {path} is larger than {LARGEST} bytes")
    value = text.removesuffix("\n").removesuffix("\r")
    if not value:
        raise BadSecretFile(f"{variable}: {path} is empty")
    return value
