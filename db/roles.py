"""Which role of PostgreSQL this process is: the one that owns the tables, or one that may only use them."""

from db import connection
from db.dialect import POSTGRES


def owns_tables() -> bool:
    """Tell whether this process could change the schema, and so the triggers that guard the audit trail."""
    if connection.dialect() is not POSTGRES:
        return False
    return bool(
        connection.execute(
            "SELECT 1 FROM pg_class WHERE oid = 'audit'::regclass AND pg_has_role(current_user, relowner, 'MEMBER')"
        )
    )
