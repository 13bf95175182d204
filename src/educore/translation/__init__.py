"""Sentences for people in several languages: the catalogues, and the sentences of errors."""

from educore.translation.catalogues import LANGUAGES, RIGHT_TO_LEFT, SOURCE_LANGUAGE, translate_plural, translate_text
from educore.translation.error_sentences import ERROR_SENTENCES
from educore.translation.plural import Plural
from educore.translation.sentences import EDUCORE_SENTENCES, Sentences

__all__ = [
    "EDUCORE_SENTENCES",
    "ERROR_SENTENCES",
    "LANGUAGES",
    "Plural",
    "RIGHT_TO_LEFT",
    "SOURCE_LANGUAGE",
    "Sentences",
    "translate_plural",
    "translate_text",
]
