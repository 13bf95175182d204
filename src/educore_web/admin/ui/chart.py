"""What a chart needs to be drawn by the browser, and to be read as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from educore_web.admin.ui.language import format_number, translate
from educore_web.admin.ui.naming import UNKNOWN


@dataclass(frozen=True)
class Chart:
    """A chart: None is a value nobody knows. The values of `percent` charts end at 100."""

    name: str
    kind: str
    labels: Sequence[str]
    values: Sequence[float | None]
    percent: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw; nought percent is something."""
        return all(value is None for value in self.values) if self.percent else not any(self.values)

    def rows(self) -> list[tuple[str, str]]:
        """The table behind the chart."""
        return [(label, self._say(value)) for label, value in zip(self.labels, self.values, strict=True)]

    def data(self) -> dict[str, Any]:
        """What the script needs to draw it."""
        said = {"kind": self.kind, "title": translate(f"chart.{self.name}"), "percent": self.percent}
        return said | {"labels": list(self.labels), "values": list(self.values)}

    def _say(self, value: float | None) -> str:
        if value is None:
            return UNKNOWN
        return f"{format_number(value)} %" if self.percent else format_number(value)
