"""The demo's uploads: staff upload two files for a client during the day, one harmless and one not."""

import hashlib
import tempfile

from db import connection
from db.portfolio import clients
from rules.checks.subjects import Subject
from sandbox.clamd import EICAR
from tasks.documents import intake
from tasks.documents.intake import ReceivedFile

CLEAN, INFECTED = "notes of the meeting.txt", "from a stranger.txt"
_FILES = {CLEAN: b"The client moves to the new registrar in spring.\n", INFECTED: EICAR}


def send() -> None:
    """Upload both files for the first client, as the page does."""
    with connection.session():
        client_id = clients.LIST.page("name", size=1).rows[0].id
        for name, content in _FILES.items():
            with tempfile.TemporaryFile() as file:
                file.write(content)
                sha256 = hashlib.sha256(content).hexdigest()
                received = ReceivedFile(file=file, name=name, declared="text/plain", size=len(content), sha256=sha256)
                intake.add(intake.store(received, Subject("client", client_id, client_id)), by="demo")
