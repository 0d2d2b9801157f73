"""The proof that invoices are whole: numbers have no gap and no double, and sums are those of the lines."""

from collections.abc import Iterator

from db import connection

_NUMBERS = (
    "SELECT counter.series, counter.next - 1, COUNT(invoice.id), COALESCE(MIN(invoice.number), 1),"
    " COALESCE(MAX(invoice.number), 0)"
    " FROM counter LEFT JOIN invoice ON invoice.series = counter.series"
    " GROUP BY counter.series, counter.next ORDER BY counter.series"
)
_UNCOUNTED = (
    "SELECT DISTINCT series FROM invoice WHERE series NOT IN (SELECT series FROM counter) ORDER BY series LIMIT 100"
)
_SUMS = (
    "SELECT series, number, net_minor, tax_minor, gross_minor, lines FROM (SELECT series, number, invoice.net_minor,"
    " invoice.tax_minor, invoice.gross_minor, COALESCE(SUM(invoice_line.net_minor), 0) AS lines"
    " FROM invoice LEFT JOIN invoice_line ON invoice_line.invoice_id = invoice.id"
    " GROUP BY invoice.id, series, number, invoice.net_minor, invoice.tax_minor, invoice.gross_minor) AS summed"
    " WHERE lines <> net_minor OR net_minor + tax_minor <> gross_minor ORDER BY series, number LIMIT 100"
)

_CREDITED = (
    "SELECT invoice.series, invoice.number, invoice.gross_minor, -SUM(note.gross_minor) FROM invoice"
    " JOIN invoice AS note ON note.corrects_id = invoice.id"
    " GROUP BY invoice.id, invoice.series, invoice.number, invoice.gross_minor"
    " HAVING -SUM(note.gross_minor) > invoice.gross_minor ORDER BY invoice.series, invoice.number LIMIT 100"
)


def gaps() -> list[str]:
    """Return the series whose numbers have a gap or do not end where their counter does, in words."""
    return [
        f"series {series}: numbers go to {last}, {number} invoices exist"
        for series, last, number, first, highest in connection.execute(_NUMBERS)
        if number != last or first != 1 or highest != last
    ]


def faults() -> list[str]:
    """Return all that is wrong with what was issued, in words; the first hundred of each kind."""
    return [*gaps(), *_other_faults()]


def series() -> list[tuple[str, int]]:
    """Return each series, and how many numbers were taken from it."""
    return [(name, last) for name, last, *_ in connection.execute(_NUMBERS)]


def _other_faults() -> Iterator[str]:
    for (name,) in connection.execute(_UNCOUNTED):
        yield f"series {name}: it has invoices and no counter"
    for name, number, net, tax, gross, lines in connection.execute(_SUMS):
        if lines != net:
            yield f"series {name}: number {number} says {net} net, its lines {lines}"
        if net + tax != gross:
            yield f"series {name}: number {number} says {gross} gross, net and tax are {net + tax}"
    for name, number, gross, credited in connection.execute(_CREDITED):
        yield f"series {name}: number {number} says {gross} gross, its credit notes take back {credited}"
