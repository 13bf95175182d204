"""Conventions of dates and numbers."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError, dates


@cache
def locale_of(language: str, country: str = "") -> Locale:
    """Return how a language writes dates and numbers in a country, by its two letters.

    Arabic names the months in one way in Egypt and in another in Morocco. Where nothing is known of the language in
    this country, as of French in Uzbekistan, the language alone decides.
    """
    try:
        return Locale.parse(f"{language}_{country}" if country else language)
    except UnknownLocaleError:
        return Locale(language)


def weekday_name(number: int, locale: Locale, *, short: bool = False) -> str:
    """Return the name of a day of the week; Monday is 0."""
    return str(dates.get_day_names("abbreviated" if short else "wide", "stand-alone", locale)[number])
