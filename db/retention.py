"""Takes away what is old enough, in small batches, so that nobody waits for a lock."""

from db import connection

BATCH = 1000

# Each asks in the order of an index on its age, so that with nothing due it looks at one row and not at all of them.
_TABLES = {
    "jobs": (
        "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_at < {later(%s)} ORDER BY finished_at LIMIT %s)"
    ),
    "runs": (
        "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE finished_at < {later(%s)}"
        " AND NOT EXISTS (SELECT 1 FROM job WHERE job.run_id = run.id) ORDER BY finished_at LIMIT %s)"
    ),
    "raw_answers": (
        "UPDATE domain_answer SET raw_text = NULL WHERE id IN"
        " (SELECT id FROM domain_answer WHERE at < {later(%s)} AND raw_text IS NOT NULL ORDER BY at LIMIT %s)"
    ),
    "measurements": (
        "DELETE FROM measurement WHERE id IN"
        " (SELECT id FROM measurement WHERE minute < {later(%s)} ORDER BY minute LIMIT %s)"
    ),
    "workers": "DELETE FROM worker WHERE id IN (SELECT id FROM worker WHERE beat_at < {later(%s)} LIMIT %s)",
    "lanes": "DELETE FROM lane WHERE name IN (SELECT name FROM lane WHERE changed_at < {later(%s)} LIMIT %s)",
    "scans": (
        "DELETE FROM endpoint_scan WHERE id IN"
        " (SELECT id FROM endpoint_scan WHERE at < {later(%s)} ORDER BY at LIMIT %s)"
    ),
    "downloads": (
        "DELETE FROM download WHERE url IN"
        " (SELECT url FROM download WHERE fresh_until < {later(%s)} ORDER BY fresh_until LIMIT %s)"
    ),
    "effects": (
        "DELETE FROM effect WHERE key IN"
        " (SELECT key FROM effect WHERE settled_at < {later(%s)} ORDER BY settled_at LIMIT %s)"
    ),
    "signed_links": (
        "DELETE FROM signed_link WHERE id IN"
        " (SELECT id FROM signed_link WHERE expires_at < {later(%s)} ORDER BY expires_at LIMIT %s)"
    ),
    "alert_deliveries": (
        "DELETE FROM alert_delivery WHERE id IN"
        " (SELECT id FROM alert_delivery WHERE state <> 'queued' AND made_at < {later(%s)} ORDER BY made_at LIMIT %s)"
    ),
    "alert_tellings": (
        "DELETE FROM alert_telling WHERE id IN (SELECT id FROM alert_telling"
        " WHERE ended_at < {later(%s)} AND EXISTS (SELECT 1 FROM alert"
        " WHERE alert.id = alert_telling.alert_id AND alert.cleared_at IS NOT NULL) ORDER BY ended_at LIMIT %s)"
    ),
    "alerts": (
        "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE cleared_at < {later(%s)} AND NOT held_closed"
        " AND NOT EXISTS (SELECT 1 FROM alert_telling WHERE alert_telling.alert_id = alert.id AND ended_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM kept_document WHERE owner_kind = 'alert' AND owner_id = alert.id)"
        " ORDER BY cleared_at LIMIT %s)"
    ),
    "lookups": (
        "DELETE FROM requested_lookup WHERE id IN"
        " (SELECT id FROM requested_lookup WHERE created_at < {later(%s)} ORDER BY created_at LIMIT %s)"
    ),
}


def prune(what: str, *, older_than_days: float, limit: int = BATCH) -> int:
    """Take away one batch of ``what`` and return its size; attempts go with their jobs.

    Raises ``KeyError`` for something that is not pruned.
    """
    with connection.transaction():
        return connection.changed(_TABLES[what], -86400.0 * older_than_days, limit)
