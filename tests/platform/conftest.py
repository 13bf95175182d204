"""The command line and the demonstration data, each test in an empty folder and without settings from outside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from educore_web.cli import main

SECRET = "a secret for tests that nobody else has"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The current folder, with nothing in it."""
    for name in [name for name in os.environ if name.startswith("EDUCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def educore() -> Callable[..., Result]:
    """Runs a command: `educore("db", "check")`."""

    def run(*words: str, given: str | None = None) -> Result:
        result = CliRunner().invoke(main, words, input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run
