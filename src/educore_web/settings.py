"""What the platform can be told from outside, through environment variables that begin with EDUCORE_."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting with its default; `docs/settings.md` is made from these descriptions."""

    model_config = SettingsConfigDict(env_prefix="EDUCORE_", frozen=True)

    database: str = Field("sqlite:///educore.db", description="Where the data lives: a SQLite file or postgresql://.")
    secret: SecretStr | None = Field(
        None, description="Signs tokens, sessions and file addresses; at least 32 characters. Required unless --demo."
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="How clients reach this server; begins every address it gives out."
    )
    files: Path = Field(Path("educore-files"), description="The folder of uploaded files.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, description="The port to listen on.")
    workers: int = Field(1, description="How many server processes share the work.")
    api: str | None = Field(None, description="Serve only this API, at the root, so that its documented URLs are exact.")
    access_minutes: int = Field(30, description="How long an access token works.")
    refresh_days: int = Field(7, description="How long a sign-in lasts without being used.")
    pool_size: int = Field(10, description="Database connections each process keeps.")
    max_body_megabytes: int = Field(11, description="The largest request accepted.")

    @property
    def access_lifetime(self) -> timedelta:
        """`access_minutes` as a time."""
        return timedelta(minutes=self.access_minutes)

    @property
    def refresh_lifetime(self) -> timedelta:
        """`refresh_days` as a time."""
        return timedelta(days=self.refresh_days)
