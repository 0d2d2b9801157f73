"""Real servers of Debian before us and the witnesses: does everybody see the certificate that was issued?"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rules.certificates.finding import Finding
from rules.certificates.observation import Protocol, ScanTarget
from rules.x509.verification import TrustRoots
from sandbox import pki
from sandbox.configurations.authorities import Authorities
from sandbox.files import Files
from tests.support import findings
from tests.witnesses import beside, openssl_client, packages, sslyze_scanner
from tests.witnesses.servers import RECIPES, Recipe
from tests.witnesses.servers.place import NotStarted, Place, free_ports
from tests.witnesses.witness import Asked, Said


@dataclass(frozen=True, slots=True)
class Passage:
    """One server and protocol. ``trouble`` says why it could not be asked; otherwise what each saw stands here."""

    server: str
    protocol: Protocol
    issued: str = ""
    ours: Finding | None = None
    openssl: Said | None = None
    sslyze: Said | None = None
    trouble: str = ""

    @property
    def agreed(self) -> bool:
        """Whether all that were asked saw the certificate that was issued, and found the server sound."""
        if self.ours is None or self.ours.leaf is None or self.openssl is None or beside.faults(self.ours):
            return False
        said = [each for each in (self.openssl, self.sslyze) if each]
        prints = {self.issued, self.ours.leaf.fingerprint, *(each.fingerprint for each in said)}
        return len(prints) == 1 and all(each.sound for each in said)


def passages(folder: Path) -> Iterator[Passage]:
    """Start each server in turn, put it to everybody, and end it. ``folder`` must be readable by all users."""
    with Files() as files:
        made = Authorities(datetime.now(UTC), files)
        roots = folder / "private-root.pem"
        roots.write_bytes(made.private_root.issuer.pem)
        for recipe in RECIPES:
            yield from _passages(recipe, folder, made, roots)


def _passages(recipe: Recipe, folder: Path, made: Authorities, roots: Path) -> Iterator[Passage]:
    place = Place(f"{recipe.name}.witnesses.test", folder / recipe.name, free_ports(recipe.protocols))
    leaf = made.leaf(place.host)
    with closing(place):
        try:
            if not recipe.brings.exists():
                packages.install(recipe.packages)
            place.certify(leaf, made.private)
            recipe.start(place)
            place.wait()
        except (packages.Missing, NotStarted) as error:
            yield from (Passage(recipe.name, protocol, trouble=str(error)) for protocol in recipe.protocols)
        else:
            yield from _asked(recipe.name, place, leaf, made, roots)


def _asked(server: str, place: Place, leaf: pki.Issuer, made: Authorities, roots: Path) -> Iterator[Passage]:
    issued = pki.fingerprint(leaf.certificate)
    targets = [ScanTarget(host=place.host, port=port, protocol=protocol) for protocol, port in place.ports.items()]
    trusted = TrustRoots(public=(), private=(made.private_root.issuer.certificate,))
    ours = findings.of_targets(targets, roots=trusted, now=made.now)
    asked = [_question(target) for target in targets]
    openssl, sslyze = openssl_client.ask(asked, roots), sslyze_scanner.ask(asked, roots)
    for target, finding in zip(targets, ours, strict=True):
        name = target.protocol.value
        yield Passage(server, target.protocol, issued, finding, openssl[name], sslyze.get(name))


def _question(target: ScanTarget) -> Asked:
    return Asked(
        name=target.protocol, host=target.host, address="127.0.0.1", port=target.port, protocol=target.protocol
    )
