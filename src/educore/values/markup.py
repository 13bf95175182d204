"""HTML that people write and others see in their browser: cleaned before it is stored."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError, PydanticKnownError

from educore.values.texts import STORABLE, UNSEEN, PlainText, compose_text

MAX_HTML = 100_000
"""The largest number of characters of an HTML text, before and after it is cleaned."""

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""The schemes of the addresses that a link or a picture may have; a relative address is left as it is."""

EVERYWHERE = frozenset({"lang", "title", "dir"})
"""The attributes that each element may have; `dir` because Arabic stands in French texts and French in Arabic ones."""

MOST_PASSES = 5


# Cleaning decodes references: `<b>&#x338;` becomes a `>` before a character that Unicode composes with it, and then the
# tag is no longer closed and what was text becomes an attribute. So a text is composed first and cleaned last, again
# and again until neither changes it; usually that is at once. Tests: test_markup.
def clean_html(text: str) -> str:
    """Return HTML with those elements, attributes and addresses alone that can do no harm, composed (NFC).

    Scripts, styles, frames, forms, SVG, event handlers and `javascript:` addresses are removed; text is kept.
    Raises: ValueError with the code `string_too_long`, `unseen_characters` or `bad_characters`.
    """
    import nh3  # imported here because few commands store HTML

    allowed = {**nh3.ALLOWED_ATTRIBUTES, "*": set(EVERYWHERE)}
    for _ in range(MOST_PASSES):
        before = compose_text(text)
        text = nh3.clean(before, attributes=allowed, url_schemes=set(LINK_SCHEMES))
        if text == before:
            break
    else:
        raise PydanticCustomError("bad_characters", "The text has characters that cannot be stored.")
    if len(text) > MAX_HTML:
        raise PydanticKnownError("string_too_long", {"max_length": MAX_HTML})
    if UNSEEN.search(text):
        raise PydanticCustomError("unseen_characters", "The text has invisible characters.")
    return text


Html = Annotated[str, Field(max_length=MAX_HTML), STORABLE, AfterValidator(clean_html), PlainText("keep")]
"""HTML of at most 100,000 characters, cleaned of what could do harm in the browser of a reader."""
