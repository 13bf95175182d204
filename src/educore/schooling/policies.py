"""Policies for the structure of a school: the office keeps it, everybody in the Center reads it."""

from __future__ import annotations

from educore.identity.policies import OFFICE, own_center
from educore.kernel.conditions import everything
from educore.kernel.policy import Grants, Policy, Role, allow
from educore.schooling.entities import AcademicYear, CurriculumEntry, EducationStage, GradeLevel

READERS = (Role.TEACHER, Role.STUDENT, Role.PARENT, Role.DRIVER)


def _structure(*actions: str) -> dict[Role, Grants]:
    """Return the grants of a kind that has these actions beside the plain ones."""
    return {
        Role.SUPERADMIN: allow(everything, **dict.fromkeys(actions, everything)),
        **dict.fromkeys(OFFICE, allow(own_center, **dict.fromkeys(actions, own_center))),
        **dict.fromkeys(READERS, allow(read=own_center)),
    }


ACADEMIC_YEAR_POLICY = Policy(AcademicYear, _structure("make_current"))

EDUCATION_STAGE_POLICY = Policy(EducationStage, _structure())

GRADE_LEVEL_POLICY = Policy(GradeLevel, _structure("set_curriculum"))

CURRICULUM_ENTRY_POLICY = Policy(CurriculumEntry, _structure())

POLICIES = (ACADEMIC_YEAR_POLICY, EDUCATION_STAGE_POLICY, GRADE_LEVEL_POLICY, CURRICULUM_ENTRY_POLICY)
