"""Sentences for people, in every language of the platform."""

from educore.translation import LANGUAGES
from educore_web.i18n.locales import locale_of, weekday_name
from educore_web.i18n.negotiation import preferred_language
from educore_web.i18n.sentences import find_sentence

__all__ = ["LANGUAGES", "find_sentence", "locale_of", "preferred_language", "weekday_name"]
