"""The roots of the public, and of a file of one's own."""

from pathlib import Path

import pytest

from integrations import trust_roots
from sandbox import pki

OWN = pki.root("Own Root")
SERVER = pki.self_signed("intranet.test")


def test_the_roots_of_a_file_are_all_that_it_holds(tmp_path: Path):
    file = tmp_path / "own.pem"
    file.write_bytes(b"Our own:\n" + pki.pem(OWN.certificate, SERVER.certificate))
    assert trust_roots.private(file) == (OWN.certificate, SERVER.certificate)
    assert trust_roots.private(None) == ()


@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_file_without_certificates_is_refused_by_its_name(tmp_path: Path, content: bytes):
    file = tmp_path / "none.pem"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"none\.pem holds no certificates"):
        trust_roots.private(file)


def test_where_the_system_has_no_roots_those_of_mozilla_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    system = set(trust_roots.public())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    shipped = set(trust_roots.public())
    assert len(system) > 50
    assert len(shipped) > 50


def test_the_system_is_told_by_its_own_variable_which_roots_it_trusts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    file = tmp_path / "own.pem"
    file.write_bytes(OWN.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trust_roots.public() == (OWN.certificate,)
