"""A process that enqueues one job and ends, as a command would: ``python -m tests.support.enqueue NAME``."""

import sys

import settings
from db import connection
from tests.support import tasks

if __name__ == "__main__":
    connection.connect(settings.current().database_url)
    tasks.write.enqueue(name=sys.argv[1])
