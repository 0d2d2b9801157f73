"""DBOS: two worker processes that ask their queue in the database; each job a workflow of one step, and kept."""

from dbos import DBOS, DBOSClient

from tests.benches.peers import dbos_app
from tests.benches.system import System


class Dbos(System):
    name = "DBOS"
    slug = "dbos"
    roles = ("worker", "worker")
    settings = (
        f"2 worker processes x {dbos_app.AT_ONCE} workflows, a queue asked each {dbos_app.POLLING_S} s (its default is"
        f" 1); a workflow of one step, whose outcome is kept; psycopg2, {dbos_app.CONNECTIONS} connections a process"
    )

    def commands(self) -> list[list[str]]:
        return [["tests.benches.peers.dbos_app"], ["tests.benches.peers.dbos_app"]]

    def install(self) -> None:
        dbos_app.launch(self.url)  # lays the tables out
        DBOS.destroy()
        self._client = DBOSClient(system_database_url=self.url)

    def close(self) -> None:
        self._client.destroy()

    def enqueue(self, number: int) -> None:
        self._add(number)

    def enqueue_many(self, count: int) -> None:
        for number in range(1, count + 1):  # it has no call for many
            self._add(number)

    def enqueue_future(self, count: int) -> None:
        for number in range(1, count + 1):
            self._add(number, delay_seconds=86_400.0)

    def _add(self, number: int, **options) -> None:
        self._client.enqueue({"queue_name": "write", "workflow_name": "write", "app_version": "1", **options}, number)
