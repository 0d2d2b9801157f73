"""A file of a domain's website: read over https within its domain alone, whatever the server does."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from integrations import well_known
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Forbidden, Guard, NoSuchName
from sandbox.behaviour import Behaviour, Conduct
from tests.support.hostile import FORBIDDEN
from tests.support.websites import Website, website

PATH = "/.well-known/nolapse-verification.txt"
GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),), hosts={"*.test": "127.0.0.1"})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    with website(tmp_path, monkeypatch, "bakery.test", "www.bakery.test", "garden.test") as served:
        yield served


def fetch(site: Website, domain: str = "bakery.test", *, guard: Guard = GUARD, deadline_s: float = 5) -> str:
    return well_known.fetch(domain, PATH, guard=guard, deadline=Deadline.after(deadline_s), port=site.port)


def test_the_text_is_returned_without_the_space_around_it(site: Website) -> None:
    site.put(PATH, b"  the token\r\n")
    assert fetch(site) == "the token"


def test_a_redirect_within_the_domain_is_followed(site: Website) -> None:
    site.redirect(PATH, f"https://www.bakery.test:{site.port}/there")
    site.put("/there", b"the token")
    assert fetch(site) == "the token"


@pytest.mark.parametrize(
    "to",
    [
        "https://garden.test:{port}/there", "http://www.bakery.test:{port}/there", "//garden.test:{port}/there",
        "https://127.0.0.1:{port}/there", "https://localhost:{port}/there", "https://bakery.test.evil.test/there",
        "https://[::1/there", "file:///etc/passwd", "https://bakery.test@garden.test:{port}/there",
    ],
)  # fmt: skip
def test_a_redirect_elsewhere_is_refused_and_not_asked(site: Website, to: str) -> None:
    site.redirect(PATH, to.format(port=site.port))
    site.put("/there", b"the token")
    with pytest.raises(Rejected):
        fetch(site)
    assert set(site.requests) == {f"bakery.test{PATH}"}


def test_a_circle_of_redirects_ends(site: Website) -> None:
    site.redirect(PATH, PATH)
    with pytest.raises(Rejected, match="3 redirects"):
        fetch(site)
    assert site.requests.total() == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204])
def test_a_server_without_the_file_says_so(site: Website, status: int) -> None:
    site.put(PATH, b"", status=status)
    with pytest.raises(Rejected, match=str(status)):
        fetch(site)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_server_in_trouble_says_nothing(site: Website, status: int) -> None:
    site.put(PATH, b"the token", status=status)
    with pytest.raises(Unavailable, match=str(status)):
        fetch(site)


def test_a_file_that_is_too_large_is_none_of_ours(site: Website) -> None:
    site.put(PATH, b"x" * (well_known.MOST_BYTES + 1))
    with pytest.raises(Rejected, match="larger"):
        fetch(site)


def test_a_server_that_is_slow_ends_at_the_deadline(site: Website) -> None:
    site.conduct = Conduct(default=Behaviour.DRIP, delay_s=0.2)
    site.put(PATH, b"x" * 100)
    with pytest.raises(Unavailable, match="deadline"):
        fetch(site, deadline_s=0.5)


def test_a_certificate_that_does_not_hold_says_nothing(site: Website) -> None:
    site.put(PATH, b"the token")
    with pytest.raises(Unavailable, match="certificate"):
        fetch(site, "forge.test")


@pytest.mark.parametrize("address", [one for one in FORBIDDEN if one[0].isdigit() and "x" not in one][:12])
def test_a_domain_that_leads_to_a_private_address_is_not_called(site: Website, address: str) -> None:
    site.put(PATH, b"the token")
    with pytest.raises(Forbidden):
        fetch(site, guard=Guard(resolver=lambda _host: ["203.0.113.9", address]))
    assert not site.requests


def test_a_name_that_is_not_there_has_no_file(site: Website) -> None:
    def none(host: str) -> list[str]:
        raise NoSuchName(host)

    with pytest.raises(NoSuchName):
        fetch(site, guard=Guard(resolver=none))
