"""What a domain has earned: all that was billed by the subscriptions that are for it."""

from db import connection
from rules.access import Within
from rules.billing.money import Money


def of_domain(domain_id: int, *, within: Within = None) -> list[Money]:
    """Return what was billed for a domain without tax, by currency; a domain may have been another client's."""
    theirs, params = ("", ()) if within is None else ("AND invoice.client_id {ids}", (sorted(within),))
    rows = connection.execute(
        "SELECT SUM(invoice_line.net_minor), invoice.currency FROM invoice_line"  # noqa: S608 - our own words
        " JOIN invoice ON invoice.id = invoice_id JOIN subscription ON subscription.id = subscription_id"
        f" WHERE subscription.domain_id = %s {theirs} GROUP BY invoice.currency ORDER BY invoice.currency",
        domain_id,
        *params,
    )
    return [Money(int(minor), currency) for minor, currency in rows]
