"""A typed client, generated from the OpenAPI description by a public generator, is enough to do a day's work."""

import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.access import Role
from tests.api.conftest import HOME, Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite

PACKAGE = "generated_client"
DAY = "tests.support.client_day"
DAY_FILE = Path(__file__).parents[1] / "support" / "client_day.py"


@pytest.fixture
def generated(surface: Surface, tmp_path: Path) -> Iterator[Path]:
    """The folder of the package that openapi-python-client makes, importable meanwhile."""
    described, configured = tmp_path / "openapi.json", tmp_path / "config.yml"
    described.write_text(surface.client().get("/api/openapi.json").text)
    configured.write_text("post_hooks: []\ncontent_type_overrides: {application/xml: text/html}\n")  # it knows no XML
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    where = ["--path", described, "--output-path", tmp_path / PACKAGE, "--config", configured]
    _run([*command, *where])
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    for name in [one for one in sys.modules if one.partition(".")[0] == PACKAGE or one == DAY]:
        del sys.modules[name]


def test_an_operation_is_named_as_its_function_and_no_two_alike(surface: Surface) -> None:
    described = surface.client().get("/api/openapi.json").json()
    names = [one["operationId"] for of in described["paths"].values() for one in of.values()]
    assert len(names) == len(set(names))
    assert {"list_clients", "add_domain", "trigger"} <= set(names)


def test_a_day_is_done_with_the_generated_client(surface: Surface, generated: Path) -> None:
    client = importlib.import_module(PACKAGE).AuthenticatedClient(base_url=HOME, token="")
    client.set_httpx_client(surface.with_token(Role.OWNER))
    importlib.import_module(DAY).work(client)


@pytest.mark.slow
def test_its_types_fit_what_a_day_does_with_them(generated: Path) -> None:
    shutil.copy(DAY_FILE, generated)
    (generated / "pyrightconfig.json").write_text("{}")
    _run(["pyright", "--project", generated, "--pythonpath", sys.executable])


def _run(command: list[str | Path]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
