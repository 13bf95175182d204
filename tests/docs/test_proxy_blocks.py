"""The proxies that the guide for operators sets up keep the limits that the server keeps itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from educore_web.runtime.limits import BODY_SECONDS, HEAD_SECONDS, MOST_HEADER_BYTES, STALL_SECONDS
from educore_web.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs" / "for-operators.md"
LARGEST = Settings.model_fields["max_body_megabytes"].default


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None, language
    return found.group(1)


@pytest.mark.parametrize(
    ("directive", "value"),
    [
        ("client_max_body_size", f"{LARGEST}m"),
        ("large_client_header_buffers", f"4 {MOST_HEADER_BYTES // 4 // 1024}k"),
        ("client_header_timeout", f"{HEAD_SECONDS}s"),
        ("client_body_timeout", f"{BODY_SECONDS}s"),
        ("send_timeout", f"{STALL_SECONDS}s"),
        ("proxy_request_buffering", "on"),
        ("proxy_set_header X-Forwarded-For", r"\$remote_addr"),
    ],
)
def test_nginx_is_told_the_same_limits(directive: str, value: str) -> None:
    assert re.search(rf"^ +{directive} +{value};", _block("nginx"), re.MULTILINE)


def test_caddy_is_told_the_same_limits() -> None:
    assert f"max_size {LARGEST}MiB" in _block("caddy")
    assert "header_up X-Forwarded-For {remote_host}" in _block("caddy")
    text = GUIDE.read_text(encoding="utf-8")
    assert f"max_header_size {MOST_HEADER_BYTES // 1024}KiB" in text
    assert f"read_header {HEAD_SECONDS}s" in text


@pytest.mark.parametrize("language", ["nginx", "caddy"])
def test_what_is_opened_is_closed(language: str) -> None:
    block = re.sub(r"#.*|\{[a-z_]+\}", "", _block(language))
    assert block.count("{") == block.count("}") > 1
