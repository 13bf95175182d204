"""Update of the translation catalogues: `nox -s translations`, or `python -m educore_web.i18n.update`.

For each language, it writes `educore.po` with all present sentences and compiles it to `educore.mo`, which the platform
reads. A sentence keeps its translation as long as its key and its English text stay. When the English text changes, the
translation is marked `fuzzy`: it is shown to the translator and not compiled. A removed sentence is removed here too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import educore
from educore.messaging.message_templates import MESSAGE_TEMPLATES
from educore.translation import ERROR_SENTENCES, Plural
from educore_web.i18n.english import ENGLISH

LOCALE = Path(educore.__file__).parent / "locale"
WIDTH = 110
HEADER = "# Sentences of educore. `msgctxt` is the key of a sentence; see docs/contributing.md."


def update_catalogue(folder: Path, *, language: str) -> None:
    """Write the catalogue of a language, and compile it. A language without a catalogue gets an empty one."""
    path = folder / language / "LC_MESSAGES" / "educore.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = merge_catalogue(read_catalogue(path, language=language))
    with path.open("wb") as file:
        write_po(file, catalogue, width=WIDTH, include_previous=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def read_catalogue(path: Path, *, language: str) -> Catalog:
    """Return the catalogue in a file, or an empty one where there is no file."""
    if not path.exists():
        return Catalog(locale=language, project="educore", version="0", msgid_bugs_address="none")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merge_catalogue(old: Catalog) -> Catalog:
    """Return a catalogue of all present sentences with the translations that the old catalogue has for their keys."""
    merged = Catalog(locale=old.locale, header_comment=HEADER, fuzzy=False)
    merged.mime_headers = old.mime_headers
    by_key = {message.context: message for message in old if message.context}
    for key, english in source_sentences():
        _add(merged, key, english, by_key.get(key))
    return merged


def source_sentences() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Yield the key and the English text of every sentence; the two forms of a plural are a tuple."""
    for name, template in MESSAGE_TEMPLATES.items():
        yield f"messages.{name}.title", template.title
        yield f"messages.{name}.text", template.text
    for key, english in {**{f"errors.{code}": text for code, text in ERROR_SENTENCES.items()}, **ENGLISH}.items():
        yield key, (english.one, english.many) if isinstance(english, Plural) else english


def _add(catalogue: Catalog, key: str, english: str | tuple[str, str], old: Message | None) -> None:
    if old is None or isinstance(old.id, str) is not isinstance(english, str):
        catalogue.add(english, context=key)
        return
    is_changed = old.id != english
    flags = {"fuzzy"} if any(_forms(old.string)) and (is_changed or old.fuzzy) else set()
    previous = (old.id if is_changed else old.previous_id) if flags else ()
    catalogue.add(english, old.string, flags=flags, user_comments=old.user_comments, previous_id=previous, context=key)


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return (text,) if isinstance(text, str) else text or ()


def main() -> None:
    """Update every catalogue, and create those of the languages that are named on the command line."""
    for language in sorted({*(folder.name for folder in LOCALE.iterdir()), *sys.argv[1:]}):
        update_catalogue(LOCALE, language=language)


if __name__ == "__main__":
    main()
