"""What the platform can be told from outside, through environment variables that begin with EDUCORE_."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic.networks import validate_email
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORTEST_SECRET = 32
EVERY_ADDRESS = ("0.0.0.0", "::", "")  # noqa: S104 - recognised here, never bound here


def _own_address(given: dict[str, Any]) -> str:
    """Where a browser on this computer finds the server."""
    host = "127.0.0.1" if given.get("host") in EVERY_ADDRESS else given.get("host", "127.0.0.1")
    return f"http://{f'[{host}]' if ':' in host else host}:{given.get('port', 8000)}"


class Settings(BaseSettings):
    """Every setting with its default; `docs/settings.md` is made from these descriptions."""

    model_config = SettingsConfigDict(
        env_prefix="EDUCORE_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    database: str = Field(
        "sqlite:///educore.db",
        repr=False,
        description="Where the data lives: `sqlite:///school.db` or `postgresql://user:password@host/name`.",
    )
    secret: SecretStr | None = Field(
        None,
        description="Signs tokens, sessions and file addresses; at least 32 characters. Required to serve, unless with "
        "`--demo`.",
    )
    host: str = Field("127.0.0.1", description="The address to listen on; `0.0.0.0` for every one.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="The port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default_factory=_own_address,
        description="How clients reach this server: begins every address in an answer, whatever a request calls us, "
        "and tells the admin its own site. The default leads to this computer only; with `https://`, browsers never "
        "again come without.",
        examples=["http://HOST:PORT"],
    )
    origins: str = Field(
        "", description="Other sites whose pages may call the APIs: `https://app.example`, several with commas."
    )
    files: Path = Field(Path("educore-files"), description="The folder of uploaded files.")
    s3_bucket: str | None = Field(
        None,
        description="The S3 bucket of uploaded files, in place of the folder; needs `educore[s3]`. The credentials are "
        "found as boto3 finds them, such as in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.",
    )
    s3_endpoint: str | None = Field(
        None, description="Where the bucket is when it is not Amazon's: `https://storage.example`."
    )
    s3_prefix: str = Field("", description="The folder in the bucket; empty for its top.")
    s3_region: str | None = Field(None, description="Where in the world the bucket is, such as `eu-central-1`.")
    smtp_url: str | None = Field(
        None,
        repr=False,
        description="The mail server: `smtp://user:password@host:587`, or `smtps://` for one encrypted from the start. "
        "Without it, letters are only noted in the log.",
    )
    mail_from: str | None = Field(
        None,
        validate_default=True,
        description="Whom letters come from, such as `Ziyo <info@ziyo.example>`; required with the mail server.",
    )
    sms_url: str | None = Field(
        None,
        description="The SMS gateway that texts are posted to: `https://notify.eskiz.uz/api/message/sms/send`. "
        "Without it, texts are only noted in the log.",
    )
    sms_token: SecretStr | None = Field(
        None, validate_default=True, description="What the gateway knows us by; required with its address."
    )
    sms_from: str | None = Field(None, description="The name or number texts come from, where the gateway asks for it.")
    language: Literal["en", "ru", "uz"] = Field(
        "en", description="The language of what the platform writes to people by itself: `en`, `ru` or `uz`."
    )
    worker: bool = Field(
        True,
        description="Whether each server process also sends what is to be sent and reminds whom it should; turn it off "
        "where `educore worker` runs beside it.",
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(1, description="How many server processes share the work.")
    meeting_url: str = Field(
        "https://meet.jit.si", description="Where lessons meet online; a link adds a room nobody can guess."
    )
    api: str | None = Field(
        None,
        description="Serve only this API, `center-crm` or `edumaster`, at the root, so that its documented URLs are "
        "exact.",
    )
    access_minutes: Annotated[int, Field(ge=1)] = Field(30, description="How long an access token works.")
    refresh_days: Annotated[int, Field(ge=1)] = Field(7, description="How long a sign-in lasts without being used.")
    pool_size: Annotated[int, Field(ge=1)] = Field(
        10,
        description="Database connections each process keeps, and as many more at most while it is busy; so many "
        "requests that read are answered at once, and half as many that write.",
    )
    max_body_megabytes: Annotated[int, Field(ge=1)] = Field(
        26,
        description="The largest request accepted, which may be one with files; others may have 1 MB, and 64 kB before "
        "signing in.",
    )

    @field_validator("database")
    @classmethod
    def _is_a_database_we_speak(cls, url: str) -> str:
        if not url.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://")):
            raise PydanticCustomError(
                "database_url", "must begin with sqlite:/// or postgresql://, such as sqlite:///educore.db"
            )
        return url

    @field_validator("secret")
    @classmethod
    def _is_long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < SHORTEST_SECRET:
            raise PydanticCustomError("secret_short", "must have at least 32 characters")
        return secret

    @field_validator("api")
    @classmethod
    def _spelled_as_a_name(cls, api: str | None) -> str | None:
        return api and api.replace("-", "_").lower()

    @field_validator("public_url", "s3_endpoint", "meeting_url")
    @classmethod
    def _has_no_last_slash(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise PydanticCustomError("public_url", "must begin with http:// or https://")
        return url and url.rstrip("/")

    @field_validator("s3_bucket")
    @classmethod
    def _can_be_reached(cls, bucket: str | None) -> str | None:
        if bucket is not None and find_spec("boto3") is None:
            raise PydanticCustomError("s3_missing", "needs boto3; install educore[web,s3]")
        return bucket

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: str | None) -> str | None:
        return _named(url, "smtp", "smtps")

    @field_validator("sms_url")
    @classmethod
    def _is_a_gateway(cls, url: str | None) -> str | None:
        return _named(url, "https", "http")

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, sender: str | None, info: ValidationInfo) -> str | None:
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
    def _fits_a_header(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        _require(token, "sms_url", info)
        if token is not None and not (token.get_secret_value().isascii() and token.get_secret_value().isprintable()):
            raise PydanticCustomError("sms_token", "must be of visible ASCII characters")
        return token

    @property
    def allowed_origins(self) -> list[str]:
        """`origins` one by one."""
        return [origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip()]

    @property
    def access_lifetime(self) -> timedelta:
        """`access_minutes` as a time."""
        return timedelta(minutes=self.access_minutes)

    @property
    def refresh_lifetime(self) -> timedelta:
        """`refresh_days` as a time."""
        return timedelta(days=self.refresh_days)


def _named(url: str | None, *schemes: str) -> str | None:
    """The URL, if it has one of the schemes, a host and no impossible port. Raises: PydanticCustomError."""
    try:
        parts = urlsplit(url or f"{schemes[0]}://nobody")
        fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        beginnings = " or ".join(f"{scheme}://" for scheme in schemes)
        raise PydanticCustomError(
            "address", "must be an address that begins with {beginnings}", {"beginnings": beginnings}
        )
    return url


def _require(value: object, partner: str, info: ValidationInfo) -> None:
    """Refuse the absence of what its partner cannot do without. Raises: PydanticCustomError."""
    if value is None and info.data.get(partner) is not None:
        raise PydanticCustomError("required_with", "is required with {name}", {"name": f"EDUCORE_{partner.upper()}"})
