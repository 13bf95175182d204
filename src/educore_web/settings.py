"""The settings of the platform, read from environment variables that begin with EDUCORE_."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic.networks import validate_email
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from educore.values import DEFAULT_REGION, Country, Currency, Region, TimeZone

SHORTEST_SECRET = 32
ANY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - compared here, never bound here


def _default_url(given: dict[str, Any]) -> str:
    """Return the address of the server for a browser on this computer."""
    host = "127.0.0.1" if given.get("host") in ANY_ADDRESS else given.get("host", "127.0.0.1")
    return f"http://{f'[{host}]' if ':' in host else host}:{given.get('port', 8000)}"


class Settings(BaseSettings):
    """Every setting with its default; `docs/settings.md` is made from these descriptions."""

    model_config = SettingsConfigDict(
        env_prefix="EDUCORE_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    database: str = Field(
        "sqlite:///educore.db",
        repr=False,
        description="The URL of the database: `sqlite:///school.db` or `postgresql://user:password@host/name`.",
    )
    secret: SecretStr | None = Field(
        None,
        description="Signs tokens, sessions and file addresses; at least 32 characters. Required to serve, unless with "
        "`--demo`.",
    )
    audit_key: SecretStr | None = Field(
        None,
        description="Seals the audit trail; at least 32 characters. Without it the key is derived from the secret "
        "and changes with it.",
    )
    audit_mail: str | None = Field(
        None,
        description="The address that gets a mail every day with the end of each Center's audit trail, as a copy that "
        "cannot be rewritten here; it needs the mail server.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on; `0.0.0.0` for all addresses.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="The port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default_factory=_default_url,
        description="The address at which clients reach this server. Every address in an answer begins with it, and "
        "the admin accepts forms only from it. The default works on this computer only. With `https://`, browsers "
        "never use `http://` again.",
        examples=["http://HOST:PORT"],
    )
    origins: str = Field(
        "", description="Other sites whose pages may call the APIs, separated by commas: `https://app.example`."
    )
    files: Path = Field(Path("educore-files"), description="The folder of uploaded files.")
    s3_bucket: str | None = Field(
        None,
        description="The S3 bucket of uploaded files, in place of the folder; needs `educore[s3]`. boto3 finds the "
        "credentials, for example in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.",
    )
    s3_endpoint: str | None = Field(
        None, description="The address of the storage if it is not Amazon's: `https://storage.example`."
    )
    s3_prefix: str = Field("", description="The folder in the bucket; empty for its top.")
    s3_region: str | None = Field(None, description="The region of the bucket, such as `eu-central-1`.")
    cloudinary_name: str | None = Field(
        None,
        description="The name of the Cloudinary account to which clients of the APIs send their files by themselves. "
        "Without it, this server takes them.",
    )
    cloudinary_key: str | None = Field(
        None, validate_default=True, description="The API key of the account; required with its name."
    )
    cloudinary_secret: SecretStr | None = Field(
        None,
        validate_default=True,
        description="The API secret of the account, which signs uploads; required with its name.",
    )
    smtp_url: str | None = Field(
        None,
        repr=False,
        description="The mail server: `smtp://user:password@host:587`, or `smtps://` for one encrypted from the start. "
        "Without it, mail is only written to the log.",
    )
    mail_from: str | None = Field(
        None,
        validate_default=True,
        description="The sender of mail, such as `Ziyo <info@ziyo.example>`; required with the mail server.",
    )
    sms_url: str | None = Field(
        None,
        description="The address of the SMS gateway: `https://notify.eskiz.uz/api/message/sms/send`. Without it, SMS "
        "are only written to the log.",
    )
    sms_token: SecretStr | None = Field(
        None, validate_default=True, description="The token of the SMS gateway; required with its address."
    )
    sms_from: str | None = Field(None, description="The sender of SMS, if the gateway requires one.")
    texts_per_day: Annotated[int, Field(ge=0)] = Field(
        1000, description="The number of SMS that each center may send on one day, in its own time zone."
    )
    language: Literal["en", "ar", "fr", "ru", "uz"] = Field(
        "en",
        description="The language of the messages that the platform sends by itself: `en`, `ar`, `fr`, `ru` or `uz`.",
    )
    sign_up_center: str | None = Field(
        None,
        description="The handle of the school at which students and parents register themselves through Madrasti. "
        "Without it, that is the only school there is; where there are several, nobody can. "
        "`educore serve --demo` sets it to `casablanca` if nobody does.",
    )
    country: Country = Field(
        DEFAULT_REGION.country,
        description="The country of new centers, by its two letters (ISO 3166-1). Phone numbers without a country code "
        "are completed by the country of the center, and at a sign-in by this one too.",
    )
    time_zone: TimeZone = Field(
        DEFAULT_REGION.time_zone,
        description="The time zone of new centers, and of days that a user of no center names.",
    )
    currency: Currency = Field(
        DEFAULT_REGION.currency, description="The currency of new centers, by its three letters (ISO 4217)."
    )
    worker: bool = Field(
        True,
        description="Each server process also runs the background worker, which sends messages and reminders. Turn it "
        "off if `educore worker` runs beside the server.",
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="The number of server processes. Several share the limits of requests through the database."
    )
    meeting_url: str = Field(
        "https://meet.jit.si", description="The address of online lessons; a link adds a secret room name."
    )
    reset_url: str | None = Field(
        None,
        description="The page at which people choose a new password; links in mails add `?token=` to it. Without it, "
        "`/reset-password` of the public address.",
    )
    api: str | None = Field(
        None,
        description="Serve only this API, `center-crm`, `edumaster` or `madrasti`, at the root, so that its URLs are "
        "exactly those of its document.",
    )
    access_minutes: Annotated[int, Field(ge=1)] = Field(30, description="The lifetime of an access token in minutes.")
    refresh_days: Annotated[int, Field(ge=1)] = Field(7, description="The lifetime of an unused sign-in in days.")
    redis_url: str | None = Field(
        None,
        repr=False,
        description="The Redis that tells all server processes of live messages: `redis://:password@host:6379/0`; "
        "needs `educore[redis]`. Without it PostgreSQL does.",
    )
    pool_size: Annotated[int, Field(ge=1)] = Field(
        10,
        description="The number of database connections that each process keeps; a busy process opens up to as many "
        "again. The process answers so many reading requests at a time, and half as many writing ones.",
    )
    max_body_megabytes: Annotated[int, Field(ge=1)] = Field(
        26,
        description="The largest request with files, in megabytes. Other requests may have 1 MB, or 64 kB without a "
        "sign-in.",
    )

    @field_validator("database")
    @classmethod
    def _check_database(cls, url: str) -> str:
        if not url.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
            raise PydanticCustomError(
                "database_url", "must begin with sqlite:/// or postgresql://, such as sqlite:///educore.db"
            )
        return url

    @field_validator("secret", "audit_key")
    @classmethod
    def _check_length(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise PydanticCustomError("secret_short", "must have at least 32 characters")
        return secret

    @field_validator("audit_mail")
    @classmethod
    def _check_mailbox(cls, mailbox: str | None) -> str | None:
        try:
            return mailbox and validate_email(mailbox)[1]
        except ValueError:
            raise PydanticCustomError("audit_mail", "must be an e-mail address such as audit@ziyo.example") from None

    @field_validator("api")
    @classmethod
    def _normalize_name(cls, api: str | None) -> str | None:
        return api and api.replace("-", "_").lower()

    @field_validator("public_url", "s3_endpoint", "meeting_url", "reset_url")
    @classmethod
    def _normalize_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise PydanticCustomError("public_url", "must begin with http:// or https://")
        return url and url.rstrip("/")

    @field_validator("s3_bucket")
    @classmethod
    def _check_bucket(cls, bucket: str | None) -> str | None:
        if bucket is not None and find_spec("boto3") is None:
            raise PydanticCustomError("s3_missing", "needs boto3; install educore[web,s3]")
        return bucket

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, url: str | None) -> str | None:
        if url is not None and find_spec("redis") is None:
            raise PydanticCustomError("redis_missing", "needs redis; install educore[web,redis]")
        return url and _check_url(url, "redis", "rediss")

    @field_validator("cloudinary_name", "cloudinary_key", "cloudinary_secret")
    @classmethod
    def _check_cloudinary(cls, value: str | SecretStr | None, info: ValidationInfo) -> str | SecretStr | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not re.fullmatch(r"[\w-]+", text, re.ASCII):
            raise PydanticCustomError("cloudinary", "must be of letters, digits, - and _, as Cloudinary shows it")
        if info.field_name != "cloudinary_name":
            _require(value, "cloudinary_name", info)
            if value is not None and info.data.get("cloudinary_name", "") is None:
                raise PydanticCustomError("required_with", "needs {name} too", {"name": "EDUCORE_CLOUDINARY_NAME"})
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_mail_server(cls, url: str | None) -> str | None:
        return _check_url(url, "smtp", "smtps")

    @field_validator("sms_url")
    @classmethod
    def _check_gateway(cls, url: str | None) -> str | None:
        return _check_url(url, "https", "http")

    @field_validator("mail_from")
    @classmethod
    def _check_sender(cls, sender: str | None, info: ValidationInfo) -> str | None:
        _require(sender, "smtp_url", info)
        if sender is not None:
            try:
                validate_email(sender)
            except ValueError:
                raise PydanticCustomError(
                    "mail_from", "must be like info@ziyo.example or Ziyo <info@ziyo.example>"
                ) from None
        return sender

    @field_validator("sms_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _require(token, "sms_url", info)
        if token is not None and not (token.get_secret_value().isascii() and token.get_secret_value().isprintable()):
            raise PydanticCustomError("sms_token", "must be of visible ASCII characters")
        return token

    @property
    def allowed_origins(self) -> list[str]:
        """Return `origins` as a list."""
        return [origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip()]

    @property
    def region(self) -> Region:
        """Return `country`, `time_zone` and `currency` as the region of the platform."""
        return Region(self.country, self.time_zone, self.currency)

    @property
    def access_lifetime(self) -> timedelta:
        """Return `access_minutes` as a time span."""
        return timedelta(minutes=self.access_minutes)

    @property
    def refresh_lifetime(self) -> timedelta:
        """Return `refresh_days` as a time span."""
        return timedelta(days=self.refresh_days)


def _check_url(url: str | None, *schemes: str) -> str | None:
    """Return the URL if it has one of the schemes, a host and a possible port. Raises: PydanticCustomError."""
    try:
        parts = urlsplit(url or f"{schemes[0]}://nobody")
        is_valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid:
        beginnings = " or ".join(f"{scheme}://" for scheme in schemes)
        raise PydanticCustomError(
            "address", "must be an address that begins with {beginnings}", {"beginnings": beginnings}
        )
    return url


def _require(value: object, partner: str, info: ValidationInfo) -> None:
    """Refuse the absence of a setting that another one requires. Raises: PydanticCustomError."""
    if value is None and info.data.get(partner) is not None:
        raise PydanticCustomError("required_with", "is required with {name}", {"name": f"EDUCORE_{partner.upper()}"})
