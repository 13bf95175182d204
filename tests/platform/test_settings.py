"""Settings from options and the environment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from educore_web.serving import as_environment
from educore_web.settings import Settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8000"),  # noqa: S104 - nothing is bound
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"host": "school.local", "port": 80}, "http://school.local:80"),
        ({"public_url": "https://school.uz/"}, "https://school.uz"),
    ],
)
def test_the_public_address_is_where_it_listens_unless_told(given, expected):
    assert Settings(**given).public_url == expected


def test_lifetimes_are_times():
    settings = Settings(access_minutes=5, refresh_days=2)
    assert (settings.access_lifetime, settings.refresh_lifetime) == (timedelta(minutes=5), timedelta(days=2))


def test_an_empty_variable_counts_as_absent(monkeypatch):
    monkeypatch.setenv("EDUCORE_SECRET", "")
    assert Settings().secret is None


def test_an_api_is_named_with_dashes_or_underscores():
    assert Settings(api="center-crm").api == Settings(api="center_crm").api == "center_crm"


@pytest.mark.parametrize("wrong", [{"port": 70_000}, {"workers": 0}, {"public_url": "school.uz"}, {"secret": "short"}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_neither_the_secret_nor_the_password_of_the_database_is_shown():
    settings = Settings(secret="S" * 40, database="postgresql://somebody:hidden-word@db/school")
    assert "S" * 40 not in repr(settings)
    assert "hidden-word" not in repr(settings)


def test_workers_find_the_same_settings_in_the_environment(monkeypatch):
    settings = Settings(secret="S" * 40, port=9000, api="center-crm", files="somewhere")
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
