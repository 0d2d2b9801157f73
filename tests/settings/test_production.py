"""Production refuses settings that leave a door open, each by its word, and one that is accepted by that word alone."""

import re
from pathlib import Path

import pytest

import settings
from settings.production import HAZARDS

SAFE = {
    "environment": "production",
    "public_url": "https://nolapse.example",
    "link_keys": f"first:{'A' * 43}",
    "DATABASE_URL": "postgresql://run:u8Zk3vQm27sL@db.example/nolapse?sslmode=verify-full",
    "REDIS_URL": "rediss://:u8Zk3vQm27sL@redis.example:6380/0",
}

PLAIN_CHANNEL = f'{{"pager": {{"webhook": "http://pager.example", "secret": "whsec_{"A" * 32}"}}}}'

OPEN = {
    "database-in-the-clear": {"DATABASE_URL": "postgresql://run:u8Zk3vQm27sL@db.example/nolapse"},
    "database-without-password": {"DATABASE_URL": "postgresql://run@db.example/nolapse?sslmode=require"},
    "database-weak-password": {"DATABASE_URL": "postgresql://run:postgres2026@db.example/nolapse?sslmode=require"},
    "redis-in-the-clear": {"REDIS_URL": "redis://:u8Zk3vQm27sL@redis.example/0"},
    "redis-without-password": {"REDIS_URL": "rediss://redis.example/0"},
    "redis-weak-password": {"REDIS_URL": "rediss://:secret@redis.example/0"},
    "failpoints": {"failpoints": "mail.after_data=kill"},
    "guard-open": {"allowed_networks": "10.0.0.0/8,0.0.0.0/0"},
    "proxies-open": {"trusted_proxies": "::/0"},
    "bootstrap-in-the-clear": {"rdap_bootstrap_url": "http://rdap.example/dns.json"},
    "web-in-the-clear": {"web_host": "0.0.0.0"},
    "channels-in-the-clear": {"alert_channels": PLAIN_CHANNEL},
    "long-sessions": {"session_max_s": 366 * 86400},
}


def load(**given: object) -> settings.Settings:
    return settings.load(**{**SAFE, **given})


def test_every_hazard_is_tried_here_or_against_a_database() -> None:
    assert OPEN.keys() == HAZARDS.keys() - {"database-owner"}


def test_the_manual_lists_every_word() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operate.md").read_text()
    table = manual.partition("| word | refused |")[2].partition("\n\n")[0]
    assert {word for line in table.splitlines()[2:] for word in re.findall("`([a-z-]+)`", line.split("|")[1])} == {
        *HAZARDS
    }


def test_production_starts_where_nothing_is_open() -> None:
    assert load().environment == "production"


@pytest.mark.parametrize("word", OPEN)
def test_what_is_open_is_refused_by_its_word(word: str) -> None:
    with pytest.raises(settings.BadSettings) as refused:
        load(**OPEN[word])
    assert f"{word}: {HAZARDS[word]}" in str(refused.value)
    assert f"NOLAPSE_PRODUCTION_ACCEPTS={word}" in str(refused.value)
    assert "u8Zk3vQm27sL" not in str(refused.value)
    others = [one for one in HAZARDS if one != word and f"{one}: " in str(refused.value)]
    assert others == []


@pytest.mark.parametrize("word", OPEN)
def test_an_accepted_word_lets_that_one_through_and_no_other(word: str) -> None:
    assert load(**OPEN[word], production_accepts=word)
    others = [one for one in HAZARDS if one != word]
    with pytest.raises(settings.BadSettings):
        load(**OPEN[word], production_accepts=",".join(others))


@pytest.mark.parametrize("word", OPEN)
def test_development_refuses_none_of_it(word: str) -> None:
    assert load(**{**OPEN[word], "environment": "development"})


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "postgresql://run:short@127.0.0.1/nolapse"},
        {"DATABASE_URL": "postgresql:///nolapse?host=/run/postgresql"},
        {"DATABASE_URL": "sqlite:////srv/nolapse.db"},
        {"REDIS_URL": "redis://localhost:6379/0"},
        {"REDIS_URL": "unix:///run/redis.sock"},
        {"allowed_networks": "10.0.0.0/8,192.168.0.0/16,fd00::/16"},
        {"web_host": "0.0.0.0", "trusted_proxies": "10.1.2.3/32"},
        {"rdap_bootstrap_url": "http://127.0.0.1:8080/dns.json"},
    ],
)
def test_what_stays_on_this_machine_or_behind_a_proxy_is_no_hazard(given: dict[str, str]) -> None:
    assert load(**given)


def test_a_word_that_nothing_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(settings.BadSettings, match="'redis' is nothing that production refuses; it does: database-in-"):
        load(production_accepts="redis")
