"""Takes a file in, in a process of its own, as the web process does: ``python -m tests.support.taking_in CLIENT``."""

import hashlib
import sys
import tempfile

import settings
from db import connection
from rules.checks.subjects import Subject
from tasks.documents import intake
from tasks.documents.intake import ReceivedFile

CONTENT = b"hello\n"


def main() -> None:
    """Take the file in for the client that the command line names."""
    client_id = int(sys.argv[1])
    connection.connect(settings.current().database_url)
    with connection.session(), tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        received = ReceivedFile(file=file, name="a.txt", declared="", size=len(CONTENT), sha256=sha256)
        intake.add(intake.store(received, Subject("client", client_id, client_id)), by="ada")


if __name__ == "__main__":
    main()
