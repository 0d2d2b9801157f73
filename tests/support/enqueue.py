"""A process that enqueues one job of the name it is given and ends, as a command would."""

import sys

import settings
from db import connection
from tests.support import tasks


def main() -> None:
    """Enqueue the job."""
    connection.connect(settings.current().database_url)
    tasks.write.enqueue(name=sys.argv[1])
