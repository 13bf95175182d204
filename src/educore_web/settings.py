"""What the platform can be told from outside, through environment variables that begin with EDUCORE_."""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
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

    model_config = SettingsConfigDict(env_prefix="EDUCORE_", frozen=True, env_ignore_empty=True)

    database: str = Field(
        "sqlite:///educore.db",
        repr=False,
        description="Where the data lives: `sqlite:///school.db` or `postgresql://user:password@host/name`.",
    )
    secret: SecretStr | None = Field(
        None, description="Signs tokens, sessions and file addresses; at least 32 characters. Required unless `--demo`."
    )
    host: str = Field("127.0.0.1", description="The address to listen on; `0.0.0.0` for every one.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="The port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default_factory=_own_address,
        description="How clients reach this server; begins the addresses of files, and tells the admin its own site.",
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
    workers: Annotated[int, Field(ge=1, le=64)] = Field(1, description="How many server processes share the work.")
    meeting_url: str = Field(
        "https://meet.jit.si", description="Where lessons meet online; a link adds a room nobody can guess."
    )
    api: str | None = Field(
        None, description="Serve only this API, at the root, so that its documented URLs are exact."
    )
    access_minutes: Annotated[int, Field(ge=1)] = Field(30, description="How long an access token works.")
    refresh_days: Annotated[int, Field(ge=1)] = Field(7, description="How long a sign-in lasts without being used.")
    pool_size: Annotated[int, Field(ge=1)] = Field(10, description="Database connections each process keeps.")
    max_body_megabytes: Annotated[int, Field(ge=1)] = Field(26, description="The largest request accepted.")

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
