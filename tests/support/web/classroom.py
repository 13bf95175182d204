"""The morning group of Tashkent, and requests that make its lessons, marks, work and exams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from support.cast import Town
from support.web.client import ApiResponse, Client
from support.web.running_platform import RunningPlatform, sign_in_person

TODAY = "2024-01-01"
"""The day on which every test begins, at three in the afternoon in Tashkent."""

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n%%EOF"
SECTIONS = ("lessons", "attendance", "assignments", "submissions", "exams", "exam_results")
BUSINESS = ("payments", "payroll", "notifications", "contracts", "leads")
Body = dict[str, Any]


@dataclass(frozen=True)
class Classroom:
    """A running platform in which Timur teaches Sardor and Sevara in the morning."""

    site: RunningPlatform

    @property
    def town(self) -> Town:
        """Tashkent."""
        return self.site.world.tashkent

    @property
    def there(self) -> Town:
        """Samarkand, of which nobody here may know."""
        return self.site.world.samarkand

    def __getattr__(self, name: str) -> Client:
        """A client for somebody of the cast: `here.timur`."""
        return self.site.client(name)

    def later(self, name: str) -> Client:
        """Somebody who signs in anew, as time has passed."""
        return self.site.with_token(sign_in_person(self.site.platform.school, name).access)

    def student(self, name: str) -> int:
        """The id of a student."""
        return int(self.site.world.everybody()[name].student_id or 0)

    def teacher(self, name: str) -> int:
        """The id of a teacher."""
        return int(self.site.world.everybody()[name].teacher_id or 0)

    def new(self, section: str) -> list[dict[str, Any]]:
        """The rows of a list that this test has made."""
        before = {row[0] for row in self.site.before[section.removesuffix("s").replace("-", "_")]}
        return [row for row in self.rustam.get(f"/{section}/").results if row["id"] not in before]

    # -- bodies ----------------------------------------------------------------------------------------

    def lesson(self, **more: Any) -> Body:
        """A lesson of the morning group, this morning in room 101."""
        return {
            "group": self.town.morning.id,
            "teacher": self.teacher("timur"),
            "room": self.town.room.id,
            "date": TODAY,
            "start_time": "09:00:00",
            "end_time": "10:30:00",
            "duration": 90,
        } | more

    def exam(self, **more: Any) -> Body:
        """An exam of the morning group, this morning."""
        return {
            "group": self.town.morning.id,
            "teacher": self.teacher("timur"),
            "title": "Final English Test",
            "description": "Final examination for the course",
            "exam_date": TODAY,
            "start_time": "09:00:00",
            "end_time": "11:00:00",
            "total_points": 100,
            "passing_score": 60,
        } | more

    def assignment(self, **more: Any) -> Body:
        """Work for the morning group."""
        return {
            "group": self.town.morning.id,
            "title": "English Essay",
            "description": "Write an essay about your dreams",
            "due_date": "2024-01-20",
            "status": "Assigned",
        } | more

    # -- what has happened -----------------------------------------------------------------------------

    def begun(self, day: str = "2023-12-01") -> ApiResponse:
        """The morning group, which has been running since that day."""
        return self.dilshod.patch(f"/groups/{self.town.morning.id}/", {"start_date": day}).expect(200)

    def planned(self, **more: Any) -> ApiResponse:
        """A lesson the director has planned."""
        return self.dilshod.post("/lessons/", self.lesson(**more)).expect(201)

    def marked(self, lesson: int, name: str = "sardor", status: str = "Present") -> ApiResponse:
        """A mark the teacher has given."""
        body = {"lesson": lesson, "student": self.student(name), "status": status}
        return self.timur.post("/attendance/", body).expect(201)

    def given(self, **more: Any) -> ApiResponse:
        """An assignment the teacher has given."""
        return self.timur.post("/assignments/", self.assignment(**more)).expect(201)

    def handed_in(
        self, assignment: int, name: str = "sardor", content: bytes = PDF, file: str = "essay.pdf"
    ) -> ApiResponse:
        """What comes of a student handing in a file."""
        parts = {"assignment": (None, str(assignment)), "submission_file": (file, content)}
        return self.site.client(name).send("POST", "/submissions/", files=parts)

    def set_exam(self, **more: Any) -> ApiResponse:
        """An exam the teacher has planned."""
        return self.timur.post("/exams/", self.exam(**more)).expect(201)


def assert_refused(answer: ApiResponse, field: str, *words: str) -> None:
    """Check that an answer is a 400 about one field that says these words."""
    named = {name.partition(".")[0] for name in answer.fields()}
    assert (answer.status, named) == (400, {field}), answer.text[:300]
    for word in words:
        assert word in answer.text, answer.text[:300]
