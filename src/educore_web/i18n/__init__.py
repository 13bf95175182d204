"""Sentences for people, in English, Russian and Uzbek."""

from educore.translation import LANGUAGES
from educore_web.i18n.negotiation import preferred_language
from educore_web.i18n.sentences import find_sentence

__all__ = ["LANGUAGES", "find_sentence", "preferred_language"]
