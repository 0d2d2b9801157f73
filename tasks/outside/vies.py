"""VIES, as the settings name it."""

import settings
from integrations.errors import Rejected
from integrations.vies import Vies
from tasks import outside
from tasks.outside import rate_limits


def register() -> Vies:
    """Return VIES. Raises ``Rejected`` where the settings name no address."""
    url = settings.current().vies_url
    if not url:
        raise Rejected("NOLAPSE_VIES_URL is not set, so VIES is not asked")
    return Vies(url, guard=outside.guard(), rate_limit=rate_limits.for_lookup())
