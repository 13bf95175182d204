"""Settings from options and the environment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from educore.adapters.cloudinary import Cloudinary
from educore.adapters.http_sms import HttpSms
from educore.adapters.local_uploads import LocalUploads
from educore.adapters.logging import LogMail, LogSms
from educore.adapters.smtp import SmtpMail
from educore_web.cli.errors import CommandError, read_settings
from educore_web.cli.server import to_environment
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings

CARRIERS = {
    "smtp_url": "smtps://somebody:hidden-word@mail.school.uz",
    "mail_from": "Ziyo <info@school.uz>",
    "sms_url": "https://gateway.example/send/",
    "sms_token": "hidden-token",
    "cloudinary_name": "madrasti",
    "cloudinary_key": "1234",
    "cloudinary_secret": "hidden-secret",
}


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70_000},
        {"workers": 0},
        {"public_url": "school.uz"},
        {"secret": "short"},
        {"smtp_url": "mail.school.uz", "mail_from": "info@school.uz"},
        {"smtp_url": "smtp://:587", "mail_from": "info@school.uz"},
        {"smtp_url": "smtp://mail.school.uz:port", "mail_from": "info@school.uz"},
        {"smtp_url": "smtp://mail.school.uz"},
        {"mail_from": "somebody"},
        {"mail_from": "info@school.uz\r\nBcc: eve@evil.uz"},
        {"sms_url": "gateway.example", "sms_token": "token"},
        {"sms_url": "https://gateway.example"},
        {"sms_token": "token\r\nX-Evil: 1"},
        {"cloudinary_name": "madrasti"},
        {"cloudinary_name": "madrasti", "cloudinary_key": "1"},
        {"cloudinary_name": "madrasti", "cloudinary_secret": "s"},
        {"cloudinary_key": "1", "cloudinary_secret": "s"},
        {"cloudinary_key": "1"},
        {"cloudinary_secret": "s"},
        {"cloudinary_name": "../x", "cloudinary_key": "1", "cloudinary_secret": "s"},
        {"language": "de"},
    ],
    ids=str,
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_no_password_is_shown():
    settings = Settings(secret="S" * 40, database="postgresql://somebody:hidden-word@db/school", **CARRIERS)
    assert "S" * 40 not in repr(settings)
    assert "hidden-word" not in repr(settings)
    assert "hidden-token" not in repr(settings)


def test_a_carrier_that_lacks_its_partner_is_told_what_it_needs():
    with pytest.raises(CommandError, match="EDUCORE_MAIL_FROM is required with EDUCORE_SMTP_URL"):
        read_settings(smtp_url="smtp://mail.school.uz")
    with pytest.raises(CommandError, match="EDUCORE_SMS_TOKEN is required with EDUCORE_SMS_URL"):
        read_settings(sms_url="https://gateway.example")


def test_half_an_account_of_cloudinary_is_told_what_it_needs():
    with pytest.raises(CommandError, match="EDUCORE_CLOUDINARY_KEY is required with EDUCORE_CLOUDINARY_NAME"):
        read_settings(cloudinary_name="madrasti", cloudinary_secret="s")
    with pytest.raises(CommandError, match="EDUCORE_CLOUDINARY_SECRET is required with EDUCORE_CLOUDINARY_NAME"):
        read_settings(cloudinary_name="madrasti", cloudinary_key="1")
    with pytest.raises(CommandError, match="EDUCORE_CLOUDINARY_SECRET needs EDUCORE_CLOUDINARY_NAME too"):
        read_settings(cloudinary_secret="s")


def test_files_of_clients_go_to_cloudinary_if_the_settings_name_an_account_and_otherwise_come_here(tmp_path):
    given = {"secret": "S" * 40, "database": f"sqlite:///{tmp_path / 'x.db'}", "files": tmp_path / "files"}
    account = {"cloudinary_name": "madrasti", "cloudinary_key": "1", "cloudinary_secret": "hidden-secret"}
    here, there = open_platform(Settings(**given)), open_platform(Settings(**given, **account))
    for platform in (here, there):
        platform.database.close()
    assert isinstance(here.school.ports.uploads, LocalUploads)
    assert here.uploads is here.school.ports.uploads
    assert isinstance(there.school.ports.uploads, Cloudinary)
    assert there.uploads is None
    key = there.school.ports.files.save(b"x", folder="logo", name="a.png")
    assert there.school.ports.files.url(key).startswith("http://127.0.0.1:8000/files/logo/")
    assert there.school.ports.files.url("cloudinary/image/x") == (
        "https://res.cloudinary.com/madrasti/image/upload/cloudinary/image/x"
    )
    assert "hidden-secret" not in repr(there.settings)


def carriers(settings):
    """Who carries letters and texts when the platform is opened with these settings, and its own language."""
    platform = open_platform(settings)
    platform.database.close()
    ports = platform.school.ports
    return type(ports.mail), type(ports.sms), ports.language


def test_letters_and_texts_go_where_the_settings_say_and_otherwise_nowhere():
    assert carriers(Settings(secret="S" * 40)) == (LogMail, LogSms, "en")
    assert carriers(Settings(secret="S" * 40, language="uz", **CARRIERS)) == (SmtpMail, HttpSms, "uz")


def test_workers_find_the_same_settings_in_the_environment(monkeypatch):
    settings = Settings(secret="S" * 40, port=9000, api="center-crm", files="somewhere", **CARRIERS)
    for name, value in to_environment(settings).items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
