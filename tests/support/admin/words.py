"""The words of the admin in every language."""

from __future__ import annotations

from educore_web.i18n import LANGUAGES, find_sentence
from educore_web.i18n.english import ENGLISH

WORDS = {
    code: {key.removeprefix("admin."): str(find_sentence(key, code)) for key in ENGLISH if key.startswith("admin.")}
    for code in LANGUAGES
}
