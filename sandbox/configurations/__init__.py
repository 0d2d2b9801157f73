"""A catalogue of TLS servers, faulty and sound, each with exactly the faults that a scan has to tell.

Beside each kind of fault stand sound servers that are nearly as odd, so that a scan that finds too much is caught.
The faults are written down here from the RFCs and the Baseline Requirements, and not read from any result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sandbox.configurations import chains, distrusted, limits, protocols, status, strength, validity, wrong_hosts
from sandbox.configurations.authorities import Authorities
from sandbox.configurations.configuration import Configuration
from sandbox.files import Files

__all__ = ["Catalogue", "Configuration", "catalogue"]

SUBJECTS = (validity, wrong_hosts, chains, limits, strength, distrusted, status, protocols)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Configurations of one moment, and the roots (DER) that lead to them: public ones, and others that are trusted."""

    now: datetime
    public_roots: tuple[bytes, ...]
    private_roots: tuple[bytes, ...]
    faulty: tuple[Configuration, ...]
    sound: tuple[Configuration, ...]

    @property
    def all(self) -> tuple[Configuration, ...]:
        return (*self.faulty, *self.sound)


def catalogue(now: datetime, files: Files) -> Catalogue:
    """Return the catalogue as it is at ``now`` (aware); CRLs and issuers are published in ``files``."""
    made = Authorities(now, files)
    faulty = _joined(subject.faulty(made) for subject in SUBJECTS)
    sound = _joined(subject.sound(made) for subject in SUBJECTS)
    private = tuple(root.certificate for root in made.trusted)
    return Catalogue(made.now, (made.public_root.issuer.certificate,), private, faulty, sound)


def _joined(found: Iterable[Iterable[Configuration]]) -> tuple[Configuration, ...]:
    return tuple(chain.from_iterable(found))
