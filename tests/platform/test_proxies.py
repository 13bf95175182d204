"""Whose word is believed about who a client is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from educore_web.app import create_app
from educore_web.cli.errors import CommandError
from educore_web.cli.server import trusted_proxies
from educore_web.public.dispatcher import Dispatcher
from educore_web.settings import Settings
from support.web.asgi import body_chunks, http_scope


@pytest.mark.parametrize("named", ["*", "10.0.0.1, *"])
def test_not_everybody_may_say_who_they_are(named, educore, monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", named)
    with pytest.raises(CommandError, match="choose its own address"):
        trusted_proxies()
    monkeypatch.setenv("EDUCORE_SECRET", "s" * 40)
    result = educore("serve", "--port", "0")
    assert (result.exit_code, "choose its own address" in result.output) == (2, True)


def test_this_machine_is_believed_or_whoever_is_named(monkeypatch):
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    assert trusted_proxies() == "127.0.0.1,::1"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "172.16.0.0/12")
    assert trusted_proxies() == "172.16.0.0/12"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("x" * 8000, None),
        ("", None),
        ("a\0b", None),
        ("<script>", None),
    ],
)
def test_a_client_is_an_address_or_nobody(given, known, empty_folder):
    async def ask(app: Dispatcher) -> list[Any]:
        seen = []

        async def page(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["client"])

        app.apps["/calendar"] = page
        scope = http_scope("GET", "/calendar/x", {}) | {"client": (given, 4711)}
        await app(scope, body_chunks().__anext__, None)
        return seen

    app = create_app(Settings(database="sqlite:///x.db", secret="s" * 40, worker=False))
    seen = asyncio.run(ask(app))
    app.platform.database.close()
    assert seen == [known and (known, 4711)]
