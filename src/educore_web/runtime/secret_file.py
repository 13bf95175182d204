"""The secret of a server without EDUCORE_SECRET: created once in a file, so that restarts and processes share it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url

from educore.adapters.private_files import create_file, restrict_access


def ensure_secret(database: str) -> str:
    """Return the secret that belongs to a database; create it if there is none. Only its owner can read the file."""
    file = secret_path(database)
    restrict_access(file)
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return _create(file, secrets.token_hex(32))


def find_secret(database: str) -> SecretStr | None:
    """Return the secret that belongs to a database, or None if there is none."""
    file = secret_path(database)
    return SecretStr(file.read_text().strip()) if file.is_file() else None


def secret_path(database: str) -> Path:
    """Return the path of the file: beside a SQLite file; in the current folder for a database elsewhere."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.secret")
    return Path("educore-demo.secret")


def _create(file: Path, secret: str) -> str:
    """Write the secret to a draft, then link it to its name, unless another process did so first.

    So no process ever reads a file that is half written, and all processes get the same secret.
    """
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(create_file(draft), "w") as opened:
        opened.write(f"{secret}\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        return file.read_text().strip()
    finally:
        draft.unlink()
    return secret
