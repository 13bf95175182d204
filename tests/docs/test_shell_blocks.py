"""The guide for client programs works as typed, against a server with the demo data."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from educore_web.app import compose
from educore_web.demo import SIGN_UP_CENTER
from educore_web.runtime.platform import open_platform
from educore_web.settings import Settings
from support.small_demo import load_small_demo

GUIDE = Path(__file__).parents[2] / "docs" / "for-client-programs.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    database = f"sqlite:///{tmp_path}/guide.db"
    settings = Settings(
        database=database,
        secret=SecretStr("for the guide only " * 2),
        files=tmp_path / "files",
        sign_up_center=SIGN_UP_CENTER,
    )
    platform = open_platform(settings)
    platform.database.upgrade()
    load_small_demo(platform.school)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(compose(platform), log_config=None, ws="none")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/center-crm/api"
    running.should_exit = True
    thread.join()


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="the guide is written for curl and bash"
)
def test_the_guide_for_client_programs_works_as_typed(server: str, tmp_path: Path) -> None:
    script = "\n".join(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    environment = {**os.environ, "BASE": server}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
