"""A day of an integrator, with the client that was generated from the OpenAPI description, importable meanwhile."""

# The package is made by the test that runs this; there it is type-checked with this module.
# pyright: reportMissingImports=false
from generated_client import AuthenticatedClient
from generated_client.api.clients import add_client
from generated_client.api.domains import add_domain, change_domain, list_domains, read_domain
from generated_client.api.jobs import read_job
from generated_client.api.triggers import trigger
from generated_client.models import (
    AgencyClient,
    Domain,
    DomainChange,
    Domains,
    JobState,
    JobWithAttempts,
    NewClient,
    NewDomain,
    ProblemDetails,
    RenewalDecision,
    TriggerBodyType0,
    Triggered,
)

DOMAINS = [f"bakery-{number}.test" for number in range(5)]


def work(api: AuthenticatedClient) -> None:
    """Enter a client and domains, decide one renewal, ask for a check, and be told of what is not there."""
    bakery = add_client.sync(client=api, body=NewClient(name="Bakery", email="office@bakery.test"))
    assert isinstance(bakery, AgencyClient)
    for name in DOMAINS:
        added = add_domain.sync(client=api, body=NewDomain(name=name, client_id=bakery.id))
        assert isinstance(added, Domain)
    listed = _all_domains(api)
    assert [one.name for one in listed] == DOMAINS

    first = listed[0]
    changed = change_domain.sync(first.id, client=api, body=DomainChange(decision=RenewalDecision.MANUAL))
    assert isinstance(changed, Domain)
    assert changed.decision is RenewalDecision.MANUAL

    arguments = TriggerBodyType0.from_dict({"domain_id": first.id})
    asked = trigger.sync("domains.check", client=api, body=arguments, idempotency_key="monday")
    assert isinstance(asked, Triggered)
    again = trigger.sync("domains.check", client=api, body=arguments, idempotency_key="monday")
    assert isinstance(again, Triggered)
    assert again.job_id == asked.job_id
    job = read_job.sync(asked.job_id, client=api)
    assert isinstance(job, JobWithAttempts)
    assert job.state is JobState.QUEUED

    missing = read_domain.sync(2**31, client=api)
    assert isinstance(missing, ProblemDetails)
    assert missing.status == 404


def _all_domains(api: AuthenticatedClient) -> list[Domain]:
    """Read the list to its end, two at a time."""
    found: list[Domain] = []
    cursor: str | None = None
    while True:
        page = list_domains.sync(client=api, limit=2, cursor=cursor)
        assert isinstance(page, Domains)
        found += page.domains
        if page.next_ is None:
            return sorted(found, key=lambda one: one.name)
        cursor = str(page.next_)
