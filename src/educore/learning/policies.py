"""Policies for lessons, their resources, tags and traces: which roles may see and change which rows."""

from __future__ import annotations

from collections.abc import Mapping

from educore.attendance.policies import of_my_child
from educore.groups.policies import attended_by_me
from educore.identity.policies import my_children, own_center
from educore.kernel.conditions import Where, actor, everything, nothing, where
from educore.kernel.policy import Grants, Policy, Role, allow
from educore.learning.entities import Lesson, LessonProgress, LessonResource, LessonTag, LessonView, Tag

LOOKING_ON = (Role.MANAGER, Role.ADMIN, Role.STAFF)

written_by_me: Where = own_center & where(created_by_id=actor.user_id)
published_lessons: Where = own_center & where(is_published=True)
for_students: Where = published_lessons & where(is_active=True, archived_at__isnull=True)
class_of_my_child: Where = where(Enrollment__has=where(left_on__isnull=True, student__has=my_children))
lessons_for_me: Where = for_students & where(grade_level__has=where(Group__has=attended_by_me))
lessons_for_my_child: Where = for_students & where(grade_level__has=where(Group__has=class_of_my_child))


def _manages(rows: Where) -> Grants:
    return allow(
        rows, publish=rows, unpublish=rows, duplicate=rows, read_analytics=rows, see=nothing, note_progress=nothing
    )


LESSON_POLICY = Policy(
    Lesson,
    {
        Role.SUPERADMIN: _manages(everything),
        Role.DIRECTOR: _manages(own_center),
        **dict.fromkeys(LOOKING_ON, allow(read=own_center, read_analytics=own_center)),
        Role.TEACHER: {
            **_manages(written_by_me),
            **allow(read=written_by_me | published_lessons, duplicate=written_by_me | published_lessons),
        },
        Role.STUDENT: allow(read=lessons_for_me, see=lessons_for_me, note_progress=lessons_for_me),
        Role.PARENT: allow(read=lessons_for_my_child),
    },
)

of_lesson_of_mine: Where = own_center & where(lesson__created_by_id=actor.user_id)
of_published: Where = own_center & where(lesson__is_published=True)
of_lesson_for_me: Where = own_center & where(lesson__has=lessons_for_me)
of_lesson_for_my_child: Where = own_center & where(lesson__has=lessons_for_my_child)

WITH_THE_LESSON: Mapping[Role, Grants] = {
    Role.SUPERADMIN: allow(everything),
    Role.DIRECTOR: allow(own_center),
    **dict.fromkeys(LOOKING_ON, allow(read=own_center)),
    Role.TEACHER: allow(of_lesson_of_mine, read=of_lesson_of_mine | of_published),
    Role.STUDENT: allow(read=of_lesson_for_me),
    Role.PARENT: allow(read=of_lesson_for_my_child),
}
"""The rules for what belongs to a lesson, which is seen by all who see the lesson."""

RESOURCE_POLICY = Policy(LessonResource, WITH_THE_LESSON)
LESSON_TAG_POLICY = Policy(LessonTag, WITH_THE_LESSON)

TAG_POLICY = Policy(
    Tag,
    {
        Role.SUPERADMIN: allow(everything),
        **dict.fromkeys((Role.DIRECTOR, *LOOKING_ON, Role.TEACHER), allow(own_center)),
        **dict.fromkeys((Role.STUDENT, Role.PARENT), allow(read=own_center)),
    },
)

BY_STUDENTS: Mapping[Role, Grants] = {
    Role.SUPERADMIN: allow(everything),
    **dict.fromkeys((Role.DIRECTOR, *LOOKING_ON), allow(read=own_center)),
    Role.TEACHER: allow(read=of_lesson_of_mine),
    Role.STUDENT: allow(read=own_center & where(student_id=actor.student_id)),
    Role.PARENT: allow(read=of_my_child),
}
"""The rules for traces of learning: students, their parents, their office and the author of the lesson see them."""

VIEW_POLICY = Policy(LessonView, BY_STUDENTS)
PROGRESS_POLICY = Policy(LessonProgress, BY_STUDENTS)

POLICIES = (LESSON_POLICY, RESOURCE_POLICY, TAG_POLICY, LESSON_TAG_POLICY, VIEW_POLICY, PROGRESS_POLICY)
