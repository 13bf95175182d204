"""HTML that people write is stored without anything that could act in the browser of a reader."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from educore.values import MAX_HTML, Html, clean_html

HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    '<img src=x onerror="alert(1)">',
    "<body onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa&#x09;ScRiPt:alert(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<form action="https://evil.example"><input name=password></form>',
    '<object data="javascript:alert(1)"></object>',
    '<embed src="javascript:alert(1)">',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<base href="https://evil.example/">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    "<style>*{background:url(javascript:alert(1))}</style>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<div onclick="alert(1)" onmouseover=alert(2)>x</div>',
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<template><script>alert(1)</script></template>",
    "<b>&#x338; onclick=alert(1) &gt;",
    "<<script>script>alert(1)<</script>/script>",
)
"""Texts that would act in a browser, each in another way."""

ACTS = re.compile(
    r"<\s*(script|iframe|svg|math|style|object|embed|meta|base|link|form|input|template)\b"
    r"|<[^>]*\son\w+\s*=|<[^>]*\sstyle\s*=|<[^>]*(javascript|vbscript|data)\s*:",
    re.IGNORECASE,
)
"""Finds what acts in cleaned HTML, where each `<` begins an element."""


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_act_is_removed(text: str) -> None:
    cleaned = clean_html(text)
    assert not ACTS.search(cleaned), cleaned
    assert not ACTS.search(unicodedata.normalize("NFC", cleaned)), cleaned


def test_the_expression_finds_what_acts() -> None:
    assert ACTS.search('<img src=x onerror="alert(1)">')
    assert ACTS.search('<a href="javascript:alert(1)">x</a>')


def test_what_lessons_are_made_of_stays() -> None:
    text = (
        '<h2 dir="rtl">الأنهار</h2><p>Le <strong>Sebou</strong> et l’<em>Oum Er-Rbia</em></p><ul><li>un</li></ul>'
        '<table><tbody><tr><td>1</td></tr></tbody></table><img src="https://example.com/a.png" alt="carte">'
    )
    assert clean_html(text) == text
    link = clean_html('<a href="https://example.com/">carte</a>')
    assert 'href="https://example.com/"' in link
    assert "noopener" in link


@given(st.text(max_size=200) | st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join))
def test_cleaning_again_changes_nothing(text: str) -> None:
    try:
        cleaned = clean_html(text)
    except ValueError:
        return
    assert clean_html(cleaned) == cleaned == unicodedata.normalize("NFC", cleaned)


def test_a_text_that_is_too_long_or_has_unseen_characters_is_refused() -> None:
    html = TypeAdapter(Html)
    codes = {}
    for text in ("x" * (MAX_HTML + 1), "&" * (MAX_HTML // 2), "<p>&#x202e;gnp.exe</p>", "a\0b"):
        with pytest.raises(ValidationError) as refused:
            html.validate_python(text)
        codes[text[:9]] = refused.value.errors()[0]["type"]
    assert list(codes.values()) == ["string_too_long", "string_too_long", "unseen_characters", "bad_characters"]
