"""Statistics about leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from educore.admissions.entities import Lead, LeadStatus
from educore.kernel.conditions import Where, everything
from educore.kernel.unit_of_work import UnitOfWork
from educore.organization.queries import between_days, center_time_zone


@dataclass(frozen=True)
class LeadStatistics:
    """The number of leads, and how many of them were converted."""

    total: int
    converted: int

    @property
    def conversion_rate(self) -> float:
        """Return the share of converted leads, in percent with one decimal; 0 without leads (center_crm C83)."""
        return round(100 * self.converted / self.total, 1) if self.total else 0.0


@dataclass(frozen=True)
class LeadFunnel:
    """The number of leads per status (all statuses), and per source, the most frequent first; "" is no source."""

    by_status: Mapping[LeadStatus, int]
    by_source: Mapping[str, int]


def lead_statistics(uow: UnitOfWork, *, since: date | None = None, until: date | None = None) -> LeadStatistics:
    """Count the leads created between two days, both included (center_crm 19.8)."""
    counted = uow.count_by(Lead, "status", _created_between(uow, since, until))
    return LeadStatistics(total=sum(counted.values()), converted=counted.get(LeadStatus.CONVERTED, 0))


def lead_funnel(uow: UnitOfWork, *, since: date | None = None, until: date | None = None) -> LeadFunnel:
    """Count the leads created between two days, both included, by status and by source."""
    condition = _created_between(uow, since, until)
    statuses, sources = uow.count_by(Lead, "status", condition), uow.count_by(Lead, "source", condition)
    frequent_first = sorted(sources.items(), key=lambda pair: (-pair[1], pair[0] or ""))
    return LeadFunnel(
        by_status={status: statuses.get(status, 0) for status in LeadStatus},
        by_source={source or "": count for source, count in frequent_first},
    )


def _created_between(uow: UnitOfWork, since: date | None, until: date | None) -> Where:
    if since is None and until is None:
        return everything
    return between_days("created_at", center_time_zone(uow, uow.actor.center_id), since=since, until=until)
