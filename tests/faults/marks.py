"""On which databases a fault test runs: each on one kind in CI, on the other kind too in `make faults`."""

import pytest

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database", ["postgres"], indirect=True)
on_mortal_postgres = pytest.mark.parametrize("database", ["mortal_postgres"], indirect=True)
sqlite_first = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
postgres_first = pytest.mark.parametrize(
    "database", ["postgres", pytest.param("sqlite", marks=pytest.mark.slow)], indirect=True
)
