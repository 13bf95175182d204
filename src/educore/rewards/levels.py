"""Levels: how far a student has come by collecting points, whatever they spend."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

POINTS_PER_LEVEL = 500


def level_of(total_points: int) -> int:
    """Return the level of a student who has collected some points; the first is 1."""
    return 1 + total_points // POINTS_PER_LEVEL


def level_progress(total_points: int) -> float:
    """Return how far a student is to the next level, in percent with one decimal, half up: 97 points are 19.4."""
    share = Decimal(100 * (total_points % POINTS_PER_LEVEL)) / POINTS_PER_LEVEL
    return float(share.quantize(Decimal("0.1"), ROUND_HALF_UP))
