"""A domain that is registered, as the sandbox's registries know it over either protocol."""

from datetime import UTC, datetime

from sandbox.truth import Domain, RegistryState, Speaks


def bakery(name: str, speaks: Speaks) -> Domain:
    """Return a registered domain with every field that a registry tells."""
    return Domain(
        name=name,
        client="Bakery",
        speaks=speaks,
        registration=RegistryState.REGISTERED,
        registrar="Sandbox Registrar Ltd",
        created=datetime(2019, 3, 1, 12, tzinfo=UTC),
        updated=datetime(2026, 3, 1, 12, tzinfo=UTC),
        expires=datetime(2027, 3, 1, 12, tzinfo=UTC),
        nameservers=("ns1.sandbox.test", "ns2.sandbox.test"),
        statuses=("clientTransferProhibited", "ok"),
    )
