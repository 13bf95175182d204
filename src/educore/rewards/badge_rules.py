"""The rules of badges over the homework of a student: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from educore.rewards.entities import BadgeRule
from educore.rewards.history import HomeworkAttempt, is_early


def meets(rule: BadgeRule, history: Sequence[HomeworkAttempt], zone: tzinfo) -> bool:
    """Return whether a student has earned a badge: all that the rule says must hold, and it must say something.

    Only published scores count, so that no badge tells of a score before its time. Source: madrasti, Badges.
    """
    subject = rule.subject and rule.subject.casefold()
    rows = [row for row in history if subject is None or (row.subject or "").casefold() == subject]
    best = [row for row in rows if row.is_best and row.score is not None]
    tests: list[bool] = []
    if rule.homework_completed is not None:
        tests.append(len(best) >= rule.homework_completed)
    if rule.average_score__gte is not None:
        total = sum(row.percent or 0 for row in best)
        tests.append(bool(best) and total >= rule.average_score__gte * len(best))
    if rule.consecutive_perfect_scores is not None:
        tests.append(longest_perfect_run(best) >= rule.consecutive_perfect_scores)
    if rule.early_submissions is not None:
        early = [row for row in rows if row.number == 1 and is_early(row, zone)]
        tests.append(len(early) >= rule.early_submissions)
    if rule.max_time_taken is not None or rule.min_score is not None:
        tests.append(any(_is_quick(rule, row) for row in rows))
    return bool(tests) and all(tests)


def longest_perfect_run(best: Sequence[HomeworkAttempt]) -> int:
    """Return the length of the longest run of full scores among best attempts, in the order of handing in."""
    longest = run = 0
    for row in sorted(best, key=lambda row: (row.submitted_at, row.id)):
        run = run + 1 if row.is_perfect else 0
        longest = max(longest, run)
    return longest


def _is_quick(rule: BadgeRule, row: HomeworkAttempt) -> bool:
    """Return whether one attempt took at most the time and has at least the score of a rule."""
    if row.score is None or row.seconds is None or row.percent is None:
        return False
    in_time = rule.max_time_taken is None or row.seconds <= rule.max_time_taken
    return in_time and (rule.min_score is None or row.percent >= rule.min_score)
