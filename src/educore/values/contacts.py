"""Ways to reach a person, and their passport number."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from educore.values.texts import STORABLE, PlainText


def _phone(text: str) -> str:
    bare = re.sub(r"[\s()\-.]", "", text)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", bare):
        raise PydanticCustomError("phone", "Write the number in international form: + and 7 to 15 digits.")
    return bare


def _email(text: str) -> str:
    from pydantic.networks import validate_email  # imported here because the import is slow

    try:
        return validate_email(text)[1].lower()
    except ValueError:
        raise PydanticCustomError("email", "This is not an e-mail address.") from None


def _web_address(text: str) -> str:
    try:
        _http().validate_python(text)
    except ValidationError:
        raise PydanticCustomError("url", "Write a web address that begins with https:// or http://.") from None
    return text


@cache
def _http() -> TypeAdapter[Any]:
    from pydantic import HttpUrl  # imported here because the import is slow

    return TypeAdapter(HttpUrl)


def _passport(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{5,20}", text.upper()):
        raise PydanticCustomError("passport_number", "Use letters and digits only.")
    return text.upper()


Phone = Annotated[str, Field(max_length=32), AfterValidator(_phone)]
"""A telephone number in international form (E.164); spaces, dashes and brackets are removed."""

Email = Annotated[str, Field(max_length=254), STORABLE, AfterValidator(_email)]
"""An e-mail address, in lower case."""

WebAddress = Annotated[str, Field(max_length=500), STORABLE, AfterValidator(_web_address), PlainText("refuse")]
"""An http or https address."""

PassportNumber = Annotated[str, Field(max_length=20), AfterValidator(_passport)]
"""A passport number, in capitals."""
