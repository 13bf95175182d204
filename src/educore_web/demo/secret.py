"""The secret of a demonstration: made once and kept beside the data, so that restarts and workers agree on it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url

from educore.adapters.private_files import create_file, restrict_access


def kept_secret(database: str) -> str:
    """The secret that belongs to a database, made now if there is none yet; only its owner can read the file."""
    file = secret_file(database)
    restrict_access(file)
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return _keep(file, secrets.token_hex(32))


def found_secret(database: str) -> SecretStr | None:
    """The secret that belongs to a database, if one was made."""
    file = secret_file(database)
    return SecretStr(file.read_text().strip()) if file.is_file() else None


def secret_file(database: str) -> Path:
    """Beside a SQLite file; in the current folder for a database elsewhere."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.secret")
    return Path("educore-demo.secret")


def _keep(file: Path, secret: str) -> str:
    """Write it whole under another name first, then give it the name unless somebody was quicker."""
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
