"""Servers whose certificates are for other hosts, as RFC 9525 compares names."""

from collections.abc import Iterator

from cryptography import x509

from rules.certificates.faults import FaultKind
from sandbox.configurations.authorities import DOMAIN, Authorities, host_of
from sandbox.configurations.configuration import Configuration

LOCALHOST, ELSEWHERE = "127.0.0.1", "127.0.0.2"
IDN = "münchen"


def faulty(made: Authorities) -> Iterator[Configuration]:
    for name, host, *names in _WRONG:
        yield made.serving(name, FaultKind.WRONG_HOST, host=host or host_of(name), names=tuple(names))
    nameless = host_of("common-name-alone")
    yield made.serving("common-name-alone", FaultKind.WRONG_HOST, names=(), host=nameless)
    by_url = x509.UniformResourceIdentifier(f"https://{host_of('named-by-url')}/")
    yield made.serving("named-by-url", FaultKind.WRONG_HOST, names=(by_url,))
    as_text = (x509.DNSName(LOCALHOST),)
    yield made.serving("address-as-a-name", FaultKind.WRONG_HOST, host=LOCALHOST, names=as_text)


_WRONG = (
    ("other-host", "", "elsewhere.configurations.test"),
    ("other-host-below", "", "www.other-host-below.configurations.test"),
    ("wildcard-for-two-labels", f"a.b.{DOMAIN}", f"*.{DOMAIN}"),
    ("wildcard-for-its-parent", f"wildcard-parent.{DOMAIN}", f"*.wildcard-parent.{DOMAIN}"),
    ("wildcard-in-a-label", "", f"wildcard-in-*.{DOMAIN}"),
    ("wildcard-inside", f"www.wildcard-inside.{DOMAIN}", "www.*.configurations.test"),
    ("wildcard-for-a-suffix", "wildcard-for-a-suffix.test", "*.test"),
    ("name-for-an-address", LOCALHOST, "localhost.configurations.test"),
    ("other-address", LOCALHOST, ELSEWHERE),
)
"""Name of the configuration, host where it is not the usual one, names in the certificate."""


def sound(made: Authorities) -> Iterator[Configuration]:
    yield made.serving("wildcard", host=f"shop.wildcard.{DOMAIN}", names=(f"*.wildcard.{DOMAIN}",))
    yield made.serving("address", host=LOCALHOST)
    yield made.serving("address-of-version-6", host="::1")
    host = f"{IDN.encode('idna').decode()}.{DOMAIN}"
    yield made.serving("idn", host=f"{IDN}.{DOMAIN}", subject=x509.Name([]), names=(host,), names_critical=True)
    hundred = (*(f"host-{number}.{DOMAIN}" for number in range(99)), host_of("hundred-names"))
    yield made.serving("hundred-names", names=hundred)
    yield made.serving("upper-case", names=("UPPER-Case.CONFIGURATIONS.Test",))
    critical = {"subject": x509.Name([]), "names_critical": True}
    yield made.serving("no-subject", **critical)
