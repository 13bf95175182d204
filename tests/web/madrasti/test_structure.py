"""The structure of a school: levels, grades, subjects, rooms and academic years."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from educore import perform, where
from educore.groups import Group, enroll_in_class
from educore.organization import Branch
from educore.people import Student
from educore.schooling import AcademicYear, CurriculumEntry
from support.statement_counts import record_statements
from support.web.madrasti_school import Answer, Caller, School

LEVEL = {"name": "Primaire", "name_arabic": "التعليم الابتدائي", "level": "PRIMARY", "order": 1}
GRADE = {"name": "1ère Année Primaire", "name_arabic": "السنة الأولى", "grade_number": 1}
SUBJECT = {"name": "Mathématiques", "name_arabic": "الرياضيات", "code": "MATH"}
ROOM = {"name": "Salle 101", "room_number": "101", "room_type": "LAB"}
YEAR = {"year": "2024-2025", "start_date": "2024-09-01", "end_date": "2025-06-30"}

BODIES = {"levels": LEVEL, "subjects": SUBJECT, "rooms": ROOM, "academic-years": YEAR}
READERS = ("timur", "sardor", "parvin", "davud")
OFFICE = ("dilshod", "salima", "malika")


def path(section: str, id: int | None = None) -> str:
    """The path of a section, or of one of its rows."""
    return f"/schools/{section}/" if id is None else f"/schools/{section}/{id}/"


def create(caller: Caller, section: str, body: dict[str, Any], **fields: Any) -> Any:
    """Create a row and return it as it is shown."""
    answer = caller.post(path(section), {**body, **fields})
    assert answer.status == 201, answer.body
    return answer.body


def rows(answer: Answer, key: str = "name") -> list[Any]:
    """The values of a field on a page."""
    assert answer.status == 200, answer.body
    return [row[key] for row in answer["results"]]


@pytest.fixture
def office(school: School) -> Caller:
    """The director."""
    return school.caller("dilshod")


@pytest.mark.parametrize("section", BODIES)
def test_the_office_writes_and_everybody_reads(school: School, section: str) -> None:
    ids = [
        create(school.caller(name), section, BODIES[section], **distinct(section, place))["id"]
        for place, name in enumerate(OFFICE)
    ]
    for name in READERS:
        reader = school.caller(name)
        assert set(ids) <= set(rows(reader.get(path(section)), "id"))
        assert reader.get(path(section, ids[0])).status == 200
        for method, target in (
            ("POST", path(section)),
            ("PUT", path(section, ids[0])),
            ("DELETE", path(section, ids[0])),
        ):
            answer = reader.send(method, target, {} if method != "DELETE" else None)
            assert answer.status == 403
            assert answer.details["required_permissions"] == ["can_manage_config"]
            assert answer.details["required_roles"] == ["ADMIN", "STAFF"]


def distinct(section: str, place: int) -> dict[str, Any]:
    """The fields by which one row of a section differs from the next."""
    if section == "academic-years":
        return {"year": f"{2030 + place}-{2031 + place}"}
    return {"name": f"Name {place}", **({"code": f"C{place}"} if section == "subjects" else {})}


def test_names_in_three_languages_come_back_byte_for_byte(office: Caller) -> None:
    names = {"name": "Collège", "name_arabic": "\u200fالتعليم الإعدادي", "name_french": "Enseignement Collégial"}
    level = create(office, "levels", LEVEL, **names)
    assert {key: office.get(path("levels", level["id"]))[key] for key in names} == names
    emptied = office.send("PATCH", path("levels", level["id"]), {"name_arabic": ""})
    assert (emptied.status, emptied["name_arabic"], emptied["name_french"]) == (200, None, names["name_french"])


# -- levels and grades ---------------------------------------------------------------------------------


@pytest.fixture
def levels(office: Caller) -> list[Any]:
    """Two levels, of which the second comes first."""
    return [
        create(office, "levels", LEVEL, order=2),
        create(office, "levels", LEVEL, name="Lycée", level="high", order=1),
    ]


@pytest.fixture
def grades(office: Caller, levels: list[Any]) -> list[Any]:
    """Three grades of the first level, the last of them not active, and one of the second."""
    first, second = (level["id"] for level in levels)
    return [
        create(office, "grades", GRADE, name="Second", grade_number=2, educational_level=first),
        create(office, "grades", GRADE, name="First", grade_number=1, educational_level=first),
        create(office, "grades", GRADE, name="Old", grade_number=3, educational_level=first, is_active=False),
        create(office, "grades", GRADE, name="Last", grade_number=12, educational_level=second),
    ]


def test_words_are_read_in_either_case_and_shown_in_capitals(office: Caller, levels: list[Any]) -> None:
    assert [level["level"] for level in levels] == ["PRIMARY", "HIGH"]
    for word in ("high", "HIGH", "High"):
        assert rows(office.get(path("levels") + f"?level={word}")) == ["Lycée"]
    assert rows(office.get(path("levels") + "?level=high,PRIMARY")) == ["Lycée", "Primaire"]
    answer = office.post(path("levels"), {**LEVEL, "name": "Crèche", "level": "NURSERY"})
    assert answer.details == {"level": ["Must be one of: PRIMARY, MIDDLE, HIGH."]}


def test_levels_nest_their_active_grades_where_asked(office: Caller, levels: list[Any], grades: list[Any]) -> None:
    plain = office.get(path("levels"))
    assert rows(plain) == ["Lycée", "Primaire"]
    assert rows(plain, "grades_count") == [1, 3]
    assert all("grades" not in level for level in plain["results"])
    full = office.get(path("levels") + "?detailed=true&ordering=-order")
    assert [[grade["name"] for grade in level["grades"]] for level in full["results"]] == [
        ["First", "Second"],
        ["Last"],
    ]
    assert "subjects" not in full["results"][0]["grades"][0]
    alone = office.get(path("levels", levels[0]["id"]) + "?detailed=true")
    assert alone.body == full["results"][0]
    assert "grades" not in office.get(path("levels", levels[0]["id"]) + "?detailed=false").body
    for target in (path("levels"), path("levels", levels[0]["id"])):
        answer = office.get(target + "?detailed=maybe")
        assert (answer.status, set(answer.details)) == (400, {"detailed"})


def test_grades_are_ordered_along_references_and_found(office: Caller, levels: list[Any], grades: list[Any]) -> None:
    target = path("grades")
    assert rows(office.get(target)) == ["First", "Second", "Old", "Last"]
    assert rows(office.get(target + "?ordering=educational_level__order,-grade_number")) == [
        *("Last", "Old", "Second", "First")
    ]
    assert rows(office.get(target + f"?educational_level={levels[1]['id']}")) == ["Last"]
    assert rows(office.get(target + "?grade_number=2,12")) == ["Second", "Last"]
    assert rows(office.get(target + "?is_active=false")) == ["Old"]
    assert rows(office.get(target + "?search=fir")) == ["First"]
    assert rows(office.get(target + "?search=الأولى&grade_number=12")) == ["Last"]
    assert rows(office.get(target + "?updated_at__gte=2023-12-31&updated_at__lte=2024-01-01")) == [
        *("First", "Second", "Old", "Last")
    ]
    assert rows(office.get(target + "?updated_at__gte=2024-01-02")) == []
    for query in ("ordering=password", "is_active=maybe", "page_size=0", "grade_number=x", "has_classes=1"):
        assert office.get(f"{target}?{query}").status == 400, query
    assert office.get(target + "?page_size=1000")["page_info"]["page_size"] == 100


def test_a_grade_knows_its_classes_and_students(school: School, office: Caller, grades: list[Any]) -> None:
    assert {(grade["classes_count"], grade["students_count"]) for grade in grades} == {(0, 0)}
    open_class(school, grades[0]["id"], students=("sardor", "shirin"))
    shown = {grade["name"]: grade for grade in school.caller("parvin").get(path("grades"))["results"]}
    assert (shown["Second"]["classes_count"], shown["Second"]["students_count"]) == (1, 2)
    assert (shown["First"]["classes_count"], shown["First"]["students_count"]) == (0, 0)
    assert rows(office.get(path("grades") + "?has_classes=true")) == ["Second"]
    assert rows(office.get(path("grades") + "?has_classes=false")) == ["First", "Old", "Last"]
    assert rows(office.get(path("grades") + "?ordering=-classes_count,grade_number"))[0] == "Second"
    refused = office.send("DELETE", path("grades", grades[0]["id"]))
    assert refused.status == 400
    assert "1" in str(refused.details)
    renamed = office.send("PATCH", path("grades", grades[0]["id"]), {"name": "Deuxième"})
    assert (renamed["name"], class_names(school, grades[0]["id"])) == ("Deuxième", ["Deuxième - A"])


def open_class(school: School, grade_level_id: int, *, students: Iterable[str], room_id: int | None = None) -> None:
    """Open a class of a grade with these students."""
    with school.site.platform.school.work(school.site.world.rustam) as uow:
        center = {"center_id": school.site.world.tashkent.center.id}
        year = perform(uow, AcademicYear, "create", fields={**center, **YEAR})
        place = {"grade_level_id": grade_level_id, "academic_year_id": year.id, "section": "A", "room_id": room_id}
        group = perform(uow, Group, "create", fields={**place, **center})
        for name in students:
            student = uow.find(Student, where(user__username=name))[0]
            enroll_in_class(uow, group_id=group.id, student_id=student.id)


def class_names(school: School, grade_level_id: int) -> list[str]:
    """The names of the classes of a grade."""
    with school.site.platform.school.work(school.site.world.rustam, read_only=True) as uow:
        return [group.name for group in uow.find(Group, where(grade_level_id=grade_level_id))]


def entry_ids(school: School) -> set[int]:
    """The ids of the rows of the curriculum."""
    with school.site.platform.school.work(school.site.world.dilshod, read_only=True) as uow:
        return {entry.id for entry in uow.find(CurriculumEntry)}


# -- curriculum ----------------------------------------------------------------------------------------


def test_the_curriculum_is_written_from_either_side_and_only_the_difference(
    school: School, office: Caller, grades: list[Any]
) -> None:
    subjects = [create(office, "subjects", SUBJECT, name=code.title(), code=code) for code in ("MATH", "FR", "PE")]
    ids = [subject["id"] for subject in subjects]
    grade, other = grades[0]["id"], grades[1]["id"]
    changed = office.send("PATCH", path("grades", grade), {"subjects": ids[:2]})
    assert [line["code"] for line in changed["subjects"]] == ["FR", "MATH"]
    assert changed["subjects"][1] == {"id": ids[0], "name": "Math", "code": "MATH"}
    before = entry_ids(school)
    office.send("PATCH", path("grades", grade), {"subjects": [ids[0], ids[2], ids[2]]})
    assert len(entry_ids(school) & before) == 1  # that of the subject that stays
    changed = office.send("PUT", path("subjects", ids[0]), {**SUBJECT, "grade_subjects": [other, grade]})
    assert changed["grade_subjects"] == [
        {"id": other, "name": "First", "grade_number": 1},
        {"id": grade, "name": "Second", "grade_number": 2},
    ]
    unchanged = office.send("PATCH", path("subjects", ids[0]), {"color": "#00ff00"})
    assert unchanged["grade_subjects"] == changed["grade_subjects"]
    assert rows(office.get(path("subjects") + f"?grade={other}"), "code") == ["MATH"]
    back = office.send("PUT", path("grades", grade), office.get(path("grades", grade)).body)
    assert (back.status, len(back["subjects"])) == (200, 2)
    refused = office.send("PATCH", path("grades", grade), {"subjects": [ids[0], 999_999]})
    assert (refused.status, list(refused.details)) == (400, ["subjects"])
    assert office.send("PATCH", path("grades", grade), {"subjects": []})["subjects"] == []


def test_a_subject_of_another_school_is_unknown(school: School, office: Caller, grades: list[Any]) -> None:
    foreign = school.site.world.samarkand.course.id
    refused = office.send("PATCH", path("grades", grades[0]["id"]), {"subjects": [foreign]})
    assert (refused.status, list(refused.details)) == (400, ["subjects"])
    assert office.get(path("subjects", foreign)).status == 404


def test_the_code_of_a_subject_is_unique_and_its_color_hexadecimal(office: Caller) -> None:
    subject = create(office, "subjects", SUBJECT, color="#FF5733", icon="calculator")
    assert (subject["color"], subject["icon"], subject["is_active"]) == ("#FF5733", "calculator", True)
    assert list(office.post(path("subjects"), {**SUBJECT, "name": "Other"}).details) == ["code"]
    refused = office.post(path("subjects"), {"name": "X", "color": "red"})
    assert (refused.status, set(refused.details)) == (400, {"code", "color"})
    assert refused.details["code"] == ["This field is required."]


HOSTILE = ("0", "99999999999999999999", "9223372036854775808")


@pytest.mark.parametrize("section", BODIES)
def test_hostile_ids_and_bodies_are_refused(office: Caller, section: str) -> None:
    for id in HOSTILE:
        assert office.send("GET", f"{path(section)}{id}/").status == 404, id
    for body in ([], [BODIES[section]], "text", 7):
        answer = office.post(path(section), body)
        assert (answer.status, set(answer.details)) == (400, {"non_field_errors"})
    text = "year" if section == "academic-years" else "name"
    assert office.post(path(section), {**BODIES[section], text: "\ud800"}).status == 400
    for value in ("\0", [], {}, 7, "", " ", "x" * 201, None):
        answer = office.post(path(section), {**BODIES[section], text: value})
        assert (answer.status, set(answer.details)) == (400, {text}), value


# -- deleting and restoring ----------------------------------------------------------------------------


def test_what_was_deleted_is_gone_and_comes_back(school: School, office: Caller) -> None:
    subject = create(office, "subjects", SUBJECT)
    target = path("subjects", subject["id"])
    assert office.send("DELETE", target).body == {
        "id": subject["id"],
        "deleted": True,
        "deleted_at": "2024-01-01T10:00:00Z",
        "message": "Resource has been successfully deleted",
    }
    for method in ("GET", "DELETE"):
        assert office.send(method, target).status == 404
    assert subject["id"] not in rows(office.get(path("subjects")), "id")
    listed = office.get(path("subjects") + "?deleted=true")
    assert (rows(listed, "id"), listed["count"]) == ([subject["id"]], 1)
    assert rows(school.caller("sardor").get(path("subjects") + "?deleted=true"), "id") == []
    assert office.get(path("subjects") + "?deleted=maybe").status == 400
    restored = office.post(target + "restore/")
    assert (restored.status, restored.body) == (200, subject)
    again = office.post(target + "restore/")
    assert again.status in (400, 404)


def test_what_was_deleted_is_said_in_the_language_of_the_request(office: Caller) -> None:
    for language, message in (("fr", "La ressource a été supprimée avec succès"), ("ar", "تم حذف المورد بنجاح")):
        subject = create(office, "subjects", SUBJECT)
        answer = office.send("DELETE", path("subjects", subject["id"]), accept_language=language)
        assert answer["message"] == message


def test_a_code_that_was_taken_meanwhile_keeps_a_subject_deleted(office: Caller) -> None:
    subject = create(office, "subjects", SUBJECT)
    office.send("DELETE", path("subjects", subject["id"]))
    create(office, "subjects", SUBJECT)
    refused = office.post(path("subjects", subject["id"]) + "restore/")
    assert refused.status == 400


def test_deleted_rows_are_in_no_list_of_others(office: Caller, grades: list[Any]) -> None:
    subject = create(office, "subjects", SUBJECT, grade_subjects=[grades[0]["id"]])
    assert [line["id"] for line in subject["grade_subjects"]] == [grades[0]["id"]]
    office.send("DELETE", path("grades", grades[0]["id"]))
    assert office.get(path("subjects", subject["id"]))["grade_subjects"] == []
    level = office.get(path("levels", grades[0]["educational_level"]))
    assert level["grades_count"] == 2
    taught = office.send("PATCH", path("grades", grades[1]["id"]), {"subjects": [subject["id"]]})
    assert [line["id"] for line in taught["subjects"]] == [subject["id"]]
    office.send("DELETE", path("subjects", subject["id"]))
    assert office.get(path("grades", grades[1]["id"]))["subjects"] == []


def test_a_level_with_grades_is_not_deleted(office: Caller, levels: list[Any], grades: list[Any]) -> None:
    refused = office.send("DELETE", path("levels", levels[0]["id"]))
    assert (refused.status, refused["error_code"]) == (400, "VALIDATION_ERROR")
    assert "3" in str(refused.details)


# -- caching -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("section", BODIES)
def test_structure_may_be_kept_and_is_asked_for_by_its_tag(school: School, office: Caller, section: str) -> None:
    row = create(office, section, BODIES[section])
    reader = school.caller("sardor")
    for target in (path(section), path(section, row["id"])):
        first = reader.get(target)
        assert first.headers["cache-control"] == "public, max-age=3600"
        tag = first.headers["etag"]
        second = reader.get(target, if_none_match=tag)
        assert (second.status, second.body) == (304, None)
    office.send("PATCH", path(section, row["id"]), {"notes": "x", "description": "x"})
    assert reader.get(path(section, row["id"]), if_none_match=tag).status == 200


def test_a_page_costs_the_same_whatever_its_size(school: School, office: Caller, grades: list[Any]) -> None:
    subject = create(office, "subjects", SUBJECT, grade_subjects=[grades[0]["id"]])
    targets = {
        path("academic-years"): 3,
        path("rooms"): 3,
        path("levels"): 3,
        path("levels") + "?detailed=true": 5,  # with the grades, and the places taken in these
        path("grades"): 5,
        path("subjects"): 4,
    }
    assert {target: statements(school, office, target) for target in targets} == targets
    level = grades[0]["educational_level"]
    for number in range(4, 12):
        create(office, "grades", GRADE, grade_number=number, educational_level=level, subjects=[subject["id"]])
    assert {target: statements(school, office, target) for target in targets} == targets
    tag = office.get(path("rooms")).headers["etag"]
    assert statements(school, office, path("rooms"), if_none_match=tag) == 3


def statements(school: School, caller: Caller, target: str, **headers: str) -> int:
    """The number of statements that it takes to read."""
    with record_statements(school.site.platform.database.engine) as run:
        assert caller.get(target, **headers).status in (200, 304)
    return len(run)


# -- rooms ---------------------------------------------------------------------------------------------


def test_a_room_takes_a_list_of_equipment_and_is_deleted_for_good(office: Caller) -> None:
    room = create(office, "rooms", ROOM, equipment=["Projector", " Whiteboard "], floor=-1, building="B")
    assert room == {
        "id": room["id"],
        "name": "Salle 101",
        "room_number": "101",
        "building": "B",
        "floor": -1,
        "capacity": None,
        "room_type": "LAB",
        "equipment": ["Projector", "Whiteboard"],
        "is_available": True,
        "notes": "",
        "code": "101",
    }
    target = path("rooms", room["id"])
    changed = office.send("PATCH", target, {"code": "A-201", "room_type": "computer"})
    assert (changed["room_number"], changed["room_type"], changed["equipment"]) == (
        *("A-201", "COMPUTER"),
        ["Projector", "Whiteboard"],
    )
    assert office.send("PUT", target, {**changed.body, "equipment": []})["equipment"] == []
    assert rows(office.get(path("rooms") + "?room_type=lab,computer&room_number=A-201")) == ["Salle 101"]
    refused = office.send("PATCH", target, {"equipment": ["Chalk, white"], "room_type": "POOL", "capacity": 0})
    assert (refused.status, set(refused.details)) == (400, {"equipment", "room_type", "capacity"})
    deleted = office.send("DELETE", target)
    assert (deleted.status, deleted.body) == (204, None)
    assert office.get(target).status == 404


def test_the_home_of_a_class_is_not_deleted(school: School, office: Caller, grades: list[Any]) -> None:
    room = create(office, "rooms", ROOM)
    open_class(school, grades[0]["id"], students=(), room_id=room["id"])
    refused = office.send("DELETE", path("rooms", room["id"]))
    assert (refused.status, refused["error_code"]) == (400, "VALIDATION_ERROR")
    assert "1" in str(refused.details)
    assert office.get(path("rooms", room["id"])).status == 200


def test_staff_adds_a_room_where_no_branch_is_open(school: School) -> None:
    with school.site.platform.school.work(school.site.world.dilshod) as uow:
        for branch in uow.find(Branch):
            perform(uow, Branch, "close", branch.id)
    create(school.caller("salima"), "rooms", ROOM)


# -- academic years ------------------------------------------------------------------------------------


def test_one_year_is_the_current_one(office: Caller) -> None:
    first = create(office, "academic-years", YEAR, is_current=True)
    later = {"year": "2025-2026", "start_date": "2025-09-01", "end_date": "2026-06-30"}
    second = create(office, "academic-years", YEAR, **later, is_current=True)
    target = path("academic-years")
    assert rows(office.get(target), "is_current") == [True, False]
    assert rows(office.get(target + "?is_current=true"), "year") == ["2025-2026"]
    assert rows(office.get(target + "?ordering=year"), "year") == ["2024-2025", "2025-2026"]
    office.send("PATCH", path("academic-years", first["id"]), {"is_current": True})
    assert rows(office.get(target + "?is_current=true"), "id") == [first["id"]]
    refused = office.send("DELETE", path("academic-years", first["id"]))
    assert (refused.status, refused["error_code"]) == (400, "VALIDATION_ERROR")
    assert office.send("DELETE", path("academic-years", second["id"])).status == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"year": "2024-2026"}, "year"),
        ({"year": "2024"}, "year"),
        ({"end_date": "2024-08-31"}, "end_date"),
        ({"registration_start": "2024-06-01", "registration_end": "2024-05-31"}, "registration_end"),
        ({"start_date": "yesterday"}, "start_date"),
        ({"is_current": "maybe"}, "is_current"),
        ({"description": []}, "description"),
    ],
)
def test_a_wrong_year_is_refused_by_field(office: Caller, wrong: dict[str, Any], field: str) -> None:
    assert office.post(path("academic-years"), YEAR).status == 201
    refused = office.post(path("academic-years"), {**YEAR, "year": "2027-2028", **wrong})
    assert (refused.status, set(refused.details)) == (400, {field})
    taken = office.post(path("academic-years"), YEAR)
    assert (taken.status, set(taken.details)) == (400, {"year"})


# -- the school itself ---------------------------------------------------------------------------------

SCHOOL = {
    "name": "École Al Amal",
    "name_arabic": "مدرسة الأمل",
    "phone": "+212522000000",
    "email": "a@amal.ma",
    "address": "12 Rue X",
    "city": "Casablanca",
    "region": "Casablanca-Settat",
    "postal_code": "20000",
    "website": "https://amal.ma",
    "founded_date": "1998-09-01",
    "student_capacity": 600,
}


def test_the_office_says_what_the_school_is(school: School, office: Caller) -> None:
    before = office.get("/schools/config/")
    assert (before.status, before["current_academic_year"]) == (200, None)
    year = create(office, "academic-years", YEAR)["id"]
    director = school.member("dilshod").user_id
    sent = {**SCHOOL, "director": director, "current_academic_year": year}
    for caller in (office, school.caller("salima")):
        answer = caller.send("PUT", "/schools/config/", sent)
        assert answer.status == 200
        assert {key: answer[key] for key in sent} == sent
    assert rows(office.get(path("academic-years") + "?is_current=true"), "id") == [year]
    again = office.send("PUT", "/schools/config/", office.get("/schools/config/").body)
    assert (again.status, again["director"], again["current_academic_year"]) == (200, director, year)
    changed = office.send("PATCH", "/schools/config/", {"city": "Rabat", "current_academic_year": None})
    assert (changed["city"], changed["region"], changed["current_academic_year"]) == (
        *("Rabat", "Casablanca-Settat"),
        year,
    )


def test_a_wrong_configuration_is_refused_by_field(school: School, office: Caller) -> None:
    refused = office.send("PUT", "/schools/config/", {"name": "X"})
    assert set(refused.details) == {"phone", "email", "address", "city", "region"}
    assert office.send("PATCH", "/schools/config/", {"city": "", "region": "Tanger"}).status == 200  # as it is shown
    assert office.send("PATCH", "/schools/config/", {"city": "Tanger"})["city"] == "Tanger"
    for wrong, field in (
        ({"director": school.member("timur").user_id}, "director"),
        ({"current_academic_year": 999_999}, "current_academic_year"),
        ({"logo": "school_logo/nobody/x.png"}, "logo"),
        ({"student_capacity": 0}, "student_capacity"),
        ({"city": ""}, "city"),
    ):
        refused = office.send("PATCH", "/schools/config/", wrong)
        assert (refused.status, set(refused.details)) == (400, {field}), wrong


@pytest.mark.parametrize("name", READERS)
def test_the_configuration_is_for_the_office(school: School, name: str) -> None:
    answer = school.caller(name).get("/schools/config/")
    assert (answer.status, answer.details["required_roles"]) == (403, ["ADMIN", "STAFF"])
    assert school.caller(name).send("PATCH", "/schools/config/", {"city": "X"}).status == 403
