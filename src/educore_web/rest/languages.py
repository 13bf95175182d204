"""The language of an answer: the request decides, then the person, then the person's Center, then the API."""

from __future__ import annotations

from dataclasses import replace

from educore import Actor
from educore_web.i18n import preferred_language
from educore_web.rest.dialect import Dialect
from educore_web.rest.request import RequestData


def answer_language(accept_language: str, dialect: Dialect, own: str | None = None) -> str:
    """Return the language among those of the API that the header prefers, else the caller's `own`, else the default."""
    default = own if own is not None and own in dialect.languages else dialect.language
    return preferred_language(accept_language, default, among=dialect.languages)


def speak_to(actor: Actor, request: RequestData, dialect: Dialect) -> RequestData:
    """Return the request of an actor with the language of its answer."""
    language = answer_language(request.accept_language, dialect, actor.language)
    return request if language == request.language else replace(request, language=language)
