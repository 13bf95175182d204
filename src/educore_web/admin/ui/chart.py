"""A chart, as data for the script that draws it and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from educore_web.admin.ui.formats import NO_VALUE
from educore_web.admin.ui.language import format_number, translate


@dataclass(frozen=True)
class Chart:
    """A chart of `values`, None for an unknown one; those of a `percent` chart go from 0 to 100."""

    name: str
    kind: str
    labels: Sequence[str]
    values: Sequence[float | None]
    percent: bool = False

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to draw; in a percent chart 0 is a value."""
        return all(value is None for value in self.values) if self.percent else not any(self.values)

    def rows(self) -> list[tuple[str, str]]:
        """Return the labels and the formatted values, for the table behind the chart."""
        return [(label, self._format(value)) for label, value in zip(self.labels, self.values, strict=True)]

    def data(self) -> dict[str, Any]:
        """Return the data for the script that draws the chart."""
        header = {"kind": self.kind, "title": translate(f"chart.{self.name}"), "percent": self.percent}
        return header | {"labels": list(self.labels), "values": list(self.values)}

    def _format(self, value: float | None) -> str:
        if value is None:
            return NO_VALUE
        return f"{format_number(value)} %" if self.percent else format_number(value)
