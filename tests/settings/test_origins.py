"""Origins whose pages may call the API are exact."""

import pytest
from pydantic import ValidationError

import settings


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example", "https://app.example/", "app.example", "https://App.example", "null"]
)
def test_what_is_no_exact_origin_stops_the_start(origins: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        settings.Settings.model_validate({"cors_origins": origins})


def test_exact_origins_are_taken() -> None:
    read = settings.Settings.model_validate({"cors_origins": "https://app.example, http://localhost:3000"})
    assert read.cors_origins == ("https://app.example", "http://localhost:3000")
