"""SVG charts: bars side by side, and lines over sizes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

COLOURS = ("#2f6feb", "#d97706", "#94a3b8", "#16a34a", "#dc2626", "#7c3aed", "#0891b2", "#be185d")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 340, 80, 60, 40
STYLE = "text{font:12px system-ui,sans-serif;fill:#334155}.title{font-weight:600;font-size:14px}line{stroke:#cbd5e1}"


def bars(title: str, groups: Mapping[str, Mapping[str, float]], names: Mapping[str, str]) -> str:
    """Draw a bar for each name in each group, as a multiple of the bar of the first name."""
    first = next(iter(names))
    shares = {g: {n: found[n] / found[first] for n in names if n in found} for g, found in groups.items()}
    top = max(share for values in shares.values() for share in values.values()) * 1.1
    step = (WIDTH - LEFT) / len(groups)
    drawn = []
    for place, (group, values) in enumerate(shares.items()):
        wide, x = step * 0.8 / len(names), LEFT + place * step + step * 0.1
        for line, words in enumerate(group.split("_", 1)):
            drawn.append(_text(x + wide * len(names) / 2, HEIGHT - 22 + 14 * line, words.replace("_", " ")))
        for number, name in enumerate(names):
            if name in values:
                high = _height() * values[name] / top
                y, here = HEIGHT - BOTTOM - high, x + number * wide
                drawn.append(f'<rect x="{here:.1f}" y="{y:.1f}" width="{wide - 3:.1f}" height="{high:.1f}" '
                             f'fill="{COLOURS[number]}"/>')  # fmt: skip
                drawn.append(_text(here + wide / 2, y - 4, f"{groups[group][name]:.0f}"))
    return _picture(title, drawn, list(names.values()))


def lines(title: str, sizes: Sequence[int], series: Mapping[str, Sequence[float]]) -> str:
    """Draw milliseconds over numbers of students, both on logarithmic scales."""
    low = math.floor(math.log10(min(min(values) for values in series.values())))
    high = math.ceil(math.log10(max(max(values) for values in series.values()))) or 1

    def x(place: int) -> float:
        return LEFT + 30 + (WIDTH - LEFT - 80) * place / max(1, len(sizes) - 1)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - _height() * (math.log10(value) - low) / max(1, high - low)

    drawn = [_text(x(place), HEIGHT - 18, f"{size:,}") for place, size in enumerate(sizes)]
    for power in range(low, high + 1):
        drawn.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}"/>')
        drawn.append(_text(LEFT - 8, y(10**power) + 4, f"{10**power:,g} ms", anchor="end"))
    for number, values in enumerate(series.values()):
        points = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values))
        drawn.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
    return _picture(title, drawn, list(series))


def _picture(title: str, drawn: Sequence[str], legend: Sequence[str]) -> str:
    parts = [f'<text x="10" y="20" class="title">{escape(title)}</text>', *_legend(legend), *drawn]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        f'<style>{STYLE}</style>\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _legend(names: Sequence[str]) -> Iterator[str]:
    x, y = 10, 30
    for colour, name in zip(COLOURS, names, strict=False):
        wide = 30 + 7 * len(name)
        if x + wide > WIDTH:
            x, y = 10, y + 16
        yield f'<rect x="{x}" y="{y}" width="10" height="10" fill="{colour}"/>'
        yield _text(x + 14, y + 9, name, anchor="start")
        x += wide


def _text(x: float, y: float, words: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _height() -> int:
    return HEIGHT - TOP - BOTTOM - 15
