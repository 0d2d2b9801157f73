"""Providers that the settings name: presets, and what is refused at the start."""

import json

import pytest

import settings
from settings import BadSettings


class TestSettings:
    GOOD = {"client_id": "a", "client_secret": "very secret"}  # noqa: RUF012 - a constant

    def load(self, **given: object) -> settings.Settings:
        return settings.load(oidc=json.dumps(given))

    def test_presets_bring_their_issuer(self) -> None:
        loaded = self.load(google=self.GOOD, microsoft={**self.GOOD, "tenant": "contoso.example"}, github=self.GOOD)
        assert [one.issuer for one in loaded.oidc.values()] == [
            "https://accounts.google.com",
            "https://login.microsoftonline.com/contoso.example/v2.0",
            "https://github.com",
        ]
        assert "very secret" in loaded.secrets()
        assert "very secret" not in repr(loaded)

    @pytest.mark.parametrize(
        "given",
        [
            {"acme": GOOD},
            {"acme": {**GOOD, "issuer": "ftp://a.example"}},
            {"acme": {**GOOD, "issuer": "https://user:pw@a.example"}},
            {"google": {"client_id": "a"}},
            {"google": {**GOOD, "role": "king"}},
            {"google": {**GOOD, "secret": "x"}},
            {"microsoft": GOOD},
            {"credentials": {**GOOD, "issuer": "https://a.example"}},
            {"Bad Name": {**GOOD, "issuer": "https://a.example"}},
        ],
    )
    def test_what_cannot_be_used_is_refused_at_the_start_without_the_secret(
        self, given: dict[str, object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NOLAPSE_OIDC", json.dumps(given))
        with pytest.raises(BadSettings, match="NOLAPSE_OIDC") as refused:
            settings.load()
        assert "very secret" not in str(refused.value)

    def test_production_takes_https_alone(self) -> None:
        plain = {**self.GOOD, "issuer": "http://id.intranet"}
        assert self.load(acme=plain).oidc["acme"].issuer == "http://id.intranet"
        with pytest.raises(BadSettings, match="https"):
            settings.load(oidc=json.dumps({"acme": plain}), environment="production")
