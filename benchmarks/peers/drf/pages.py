"""The envelope of lists and the bodies of errors."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import exception_handler


class Pages(PageNumberPagination):
    """Pages of twenty rows by default; the link to the first page has a number too."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_previous_link(self) -> str | None:
        """Return the link to the previous page."""
        if not self.page.has_previous():
            return None
        url = self.request.build_absolute_uri()
        return replace_query_param(url, self.page_query_param, self.page.previous_page_number())


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return one message with the status, or messages by field."""
    response = exception_handler(error, context)
    if response is None or isinstance(error, ValidationError):
        if response is not None and isinstance(response.data, dict):
            response.data = {name: _as_list(problems) for name, problems in response.data.items()}
        return response
    said = response.data.get("detail", "")
    response.data = {"error": SENTENCES.get(response.status_code, str(said)), "status_code": response.status_code}
    return response


def _as_list(problems: Any) -> Any:
    """Return errors by position, with an empty object for each valid entry before the last invalid one."""
    if not isinstance(problems, dict) or not all(str(place).isdecimal() for place in problems):
        return problems
    by_place = {int(place): said for place, said in problems.items()}
    return [by_place.get(place, {}) for place in range(max(by_place) + 1)]


SENTENCES = {404: "Not found"}
