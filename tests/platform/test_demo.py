"""The made-up data looks like two businesses and two schools, and can be relied on."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from educore import EDUCATION, Actor, Educore, FixedClock, MemoryStore, Role, memory_ports, where
from educore.adapters.passwords import Argon2Passwords
from educore.adapters.sql import Database
from educore.admissions import Contract, Lead, LeadStatus
from educore.attendance import Attendance
from educore.billing import ChargeRun, Invoice, Payment, PaymentMethod, Payroll, find_debtors
from educore.groups import Enrollment, Group, GroupStatus, is_in_group, takes_seat
from educore.identity import User
from educore.messaging import Delivery, DeliveryStatus, Job, Notification, SmsTemplate
from educore.organization import Branch, BranchStatus, Center, Room
from educore.people import SEAT_STATUSES, Student, StudentStatus, Teacher, TeacherRating, open_superadmin, sign_in
from educore.timetable import Session
from educore_web import demo
from educore_web.demo.days import Calendar
from educore_web.demo.people import People
from educore_web.demo.places import ENGLISH, SAMARKAND, TASHKENT
from educore_web.demo.plan import plan_center
from support.ledger_checks import ledger_errors

pytestmark = pytest.mark.long

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
TODAY = NOW.date()
SUPERADMIN = Actor(Role.SUPERADMIN)
TOWNS = [1, 2]
"""The Centers of courses; 3 and 4 are the schools."""


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A SQLite database with the demonstration in it."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db", EDUCATION)
    database.create_all()
    filled = Educore(database.store, replace(memory_ports(FixedClock(NOW)), passwords=Argon2Passwords()))
    demo.load_demo(filled)
    yield filled
    database.close()


@pytest.fixture
def rows(school):
    """Every row of a kind: `rows(Group)`."""
    with school.work(SUPERADMIN, read_only=True) as uow:
        yield uow.find


def empty_school():
    return Educore(MemoryStore(EDUCATION), memory_ports(FixedClock(NOW)))


class TestWhatThereIs:
    def test_the_promised_numbers(self, rows):
        assert [center.name for center in rows(Center)] == [
            "Bilim Academy",
            "Registon O‘quv Markazi",
            "Al Massira School",
            "Bouregreg Primary School",
        ]
        assert Counter(group.center_id for group in rows(Group)) == {1: 27, 2: 13, 3: 24, 4: 6}
        assert Counter(student.center_id for student in rows(Student)) == {1: 430, 2: 170, 3: 500, 4: 60}
        assert Counter(teacher.center_id for teacher in rows(Teacher)) == {1: 27, 2: 13, 3: 40, 4: 8}
        assert Counter(branch.center_id for branch in rows(Branch)) == {1: 4, 2: 2, 3: 1, 4: 1}

    def test_every_state_occurs(self, rows):
        assert {student.status for student in rows(Student)} == set(StudentStatus)
        assert {group.status for group in rows(Group)} == set(GroupStatus)
        assert Counter(branch.status for branch in rows(Branch)) == {BranchStatus.OPEN: 7, BranchStatus.CLOSED: 1}
        assert {room.is_available for room in rows(Room)} == {True, False}

    def test_every_center_has_a_director_and_every_branch_a_manager(self, rows):
        assert all(center.director_id for center in rows(Center))
        managers = [branch.manager_id for branch in rows(Branch, where(center_id__in=TOWNS))]
        assert None not in managers
        assert len(set(managers)) == len(managers)

    def test_some_groups_are_full_and_none_is_overfull(self, rows):
        seated = Counter(enrollment.group_id for enrollment in rows(Enrollment, takes_seat))
        free = [group.capacity - seated[group.id] for group in rows(Group) if group.status is GroupStatus.ACTIVE]
        assert min(free) == 0
        assert 2 <= free.count(0) < len(free) / 2

    def test_every_group_lists_the_students_that_it_counts(self, rows):
        seated = Counter(enrollment.group_id for enrollment in rows(Enrollment, takes_seat))
        for group in rows(Group):
            students = rows(Student, is_in_group(group.id))
            assert sum(student.status in SEAT_STATUSES for student in students) == seated[group.id]
        assert len(rows(Enrollment, where(left_on__isnull=True))) > sum(bool(s.group_id) for s in rows(Student))

    def test_places_groups_branches_and_days_agree(self, rows):
        groups = {group.id: group for group in rows(Group)}
        places = {(place.student_id, place.group_id): place for place in rows(Enrollment)}
        for student in rows(Student, where(group_id__isnull=False)):
            assert places[student.id, student.group_id].left_on is None
            assert student.branch_id == groups[student.group_id].branch_id
        sessions = {session.id: session for session in rows(Session)}
        for session in sessions.values():
            group = groups[session.group_id]
            first, last = group.start_date or session.date, group.end_date or session.date
            assert first <= session.date <= last, "a class has no dates of its own"
        for mark in rows(Attendance):
            session = sessions[mark.session_id]
            assert places[mark.student_id, session.group_id].enrolled_on <= session.date

    def test_completed_groups_have_ended_and_hold_nobody(self, rows):
        for group in rows(Group, where(status=GroupStatus.COMPLETED)):
            assert group.end_date < TODAY
            assert rows(Enrollment, where(group_id=group.id) & takes_seat) == []

    def test_students_came_in_every_month_of_more_than_a_year(self, rows):
        days = [student.enrollment_date for student in rows(Student)]
        per_month = Counter(f"{day:%Y-%m}" for day in days)
        assert len(per_month) >= 14
        assert max(days) < TODAY
        assert max(per_month.values()) > 3 * sorted(per_month.values())[3], "seasons should show"

    def test_nothing_happened_later_than_yesterday(self, rows):
        for kind in (User, Student, Teacher, Group):
            assert max(row.updated_at for row in rows(kind)) < NOW

    def test_telephones_are_local_and_names_are_in_two_alphabets(self, rows):
        users = rows(User, where(center_id__in=TOWNS))
        assert all(user.phone.startswith("+998") and len(user.phone) == 13 for user in users)
        assert {user.first_name.isascii() for user in users} == {True, False}
        assert any("а" <= user.first_name[-1] <= "я" for user in users)
        assert any("‘" in user.last_name for user in users)

    def test_children_have_a_parent_to_call(self, rows):
        ages = {user.id: (TODAY - user.birthday).days / 365.25 for user in rows(User, where(birthday__isnull=False))}
        for student in rows(Student):
            assert bool(student.parent_phone) == bool(student.parent_name)
            assert student.parent_phone or ages[student.user_id] > 17.5

    def test_most_teachers_are_rated_and_the_last_rating_stands(self, rows):
        last = {rating.teacher_id: rating.rating for rating in rows(TeacherRating)}
        assert len(last) > 30
        assert all(teacher.performance_rating == last.get(teacher.id, 0) for teacher in rows(Teacher))


class TestMoney:
    def test_two_months_are_charged_in_each_center(self, rows):
        runs = {(run.center_id, run.month) for run in rows(ChargeRun)}
        assert runs == {(center, month) for center in (1, 2) for month in ("2026-02", "2026-03")}

    def test_most_have_paid_in_every_way_and_some_owe(self, school, rows):
        invoices = rows(Invoice, where(charged_for="2026-02"))
        paid = [invoice for invoice in invoices if not invoice.remaining]
        assert 0.7 < len(paid) / len(invoices) < 0.95
        assert {payment.method for payment in rows(Payment)} == set(PaymentMethod)
        assert max(payment.paid_on for payment in rows(Payment)) < TODAY
        with school.work(SUPERADMIN, read_only=True) as uow:
            assert 10 < len(find_debtors(uow)) < 120

    def test_salaries_of_three_months_are_there_and_a_few_are_not_paid_yet(self, rows):
        assert {salary.month for salary in rows(Payroll)} == {"2025-12", "2026-01", "2026-02"}
        assert {salary.month for salary in rows(Payroll, where(is_paid=False))} == {"2026-02"}

    def test_the_books_agree(self, school):
        with school.work(SUPERADMIN, read_only=True) as uow:
            assert ledger_errors(uow) == []


class TestAdmissions:
    def test_leads_of_every_status_and_source_came_over_several_months(self, rows):
        for center in (1, 2):
            leads = rows(Lead, where(center_id=center))
            assert {lead.status for lead in leads} == set(LeadStatus)
            assert len({lead.source for lead in leads}) == 7
            assert len({f"{lead.created_at:%Y-%m}" for lead in leads}) >= 5
            assert max(lead.updated_at for lead in leads) < NOW

    def test_converted_leads_are_the_students_they_became(self, rows):
        students = {student.id: student for student in rows(Student)}
        users = {user.id: user for user in rows(User)}
        converted = rows(Lead, where(status=LeadStatus.CONVERTED))
        assert 60 < len(converted) < len(students) / 4
        for lead in converted:
            user = users[students[lead.student_id].user_id]
            assert (lead.phone, lead.name) == (user.phone, f"{user.first_name} {user.last_name}")

    def test_some_students_signed_contracts_and_most_of_these_are_verified(self, school, rows):
        contracts = rows(Contract)
        assert 100 < len(contracts) < len(rows(Student)) / 2
        assert 0.7 < sum(contract.is_verified for contract in contracts) / len(contracts) < 0.9
        assert all(bool(contract.verified_by_id) is contract.is_verified for contract in contracts)
        paper = school.ports.files.read(contracts[0].contract_file)
        assert paper.startswith(b"%PDF-1.4")
        assert contracts[0].contract_number.encode() in paper


class TestThePeopleToSignInAs:
    @pytest.mark.parametrize(("username", "password"), demo.list_accounts())
    def test_everybody_can_sign_in(self, school, username, password):
        actor = sign_in(school, username=username, password=password).actor
        if "@" not in username:
            assert actor.role == username.rstrip("12")
            assert actor.center_id == (int(username[-1]) if username[-1].isdecimal() else None)

    def test_their_telephones_are_easy_to_remember(self, rows):
        phones = {user.username: user.phone for user in rows(User, where(phone__icontains="00000"))}
        assert phones == {
            f"{role}{center}": f"+99890{center}00000{place}"
            for center in (1, 2)
            for place, role in enumerate(("director", "manager", "admin", "teacher", "student"), start=1)
        }

    @pytest.mark.parametrize("center", [1, 2])
    def test_the_student_sits_in_a_group_of_the_teacher(self, rows, center):
        by_name = {user.username: user.id for user in rows(User, where(username__icontains=str(center)))}
        (teacher,) = rows(Teacher, where(user_id=by_name[f"teacher{center}"]))
        (student,) = rows(Student, where(user_id=by_name[f"student{center}"]))
        groups = rows(Group, where(teacher_id=teacher.id, status=GroupStatus.ACTIVE))
        assert len(groups) >= 2
        assert student.group_id in [group.id for group in groups]


class TestLoading:
    def test_a_database_with_a_center_is_left_alone(self, school, rows):
        before = len(rows(User))
        with pytest.raises(demo.DataExists):
            demo.load_demo(school)
        assert len(rows(User)) == before

    def test_an_interrupted_load_leaves_nothing(self):
        school = empty_school()

        def interrupt(done, total):
            if done == 20:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            demo.load_demo(school, progress=interrupt)
        with school.work(SUPERADMIN, read_only=True) as uow:
            assert [uow.count(kind) for kind in (Center, User, Student)] == [0, 0, 0]

    def test_a_superadmin_who_is_there_already_stays(self):
        school = empty_school()
        password = school.ports.passwords.hash("My-own-word-1")
        with school.work(SUPERADMIN) as uow:
            mine = open_superadmin(uow, account={"username": "superadmin", "password": password})

        demo.load_demo(school, centers=[], schools=[])
        with school.work(SUPERADMIN, read_only=True) as uow:
            assert uow.find(User) == [mine]

    def test_impossible_numbers_are_refused_with_what_to_change_and_leave_nothing(self):
        one_short = SAMARKAND.groups * 14 - 1
        for words, changed in (
            ("1 to 5,000 students", {"students": 0}),
            ("1 to 5,000 students", {"students": -1}),
            ("1 to 5,000 students", {"students": 10**9}),
            ("have .* fewer students", {"students": one_short, "capacities": (14,)}),
            ("more seats", {"students": 500}),
            ("groups running", {"groups": 0}),
            ("not over 4 for each", {"groups": 10**9}),
            ("groups running", {"completed": SAMARKAND.groups}),
            ("groups learn English", {"groups": 3, "completed": 0, "students": 40}),
            ("a teacher for every course", {"teachers": 0}),
            ("a teacher for every course", {"teachers": 10**9}),
            ("capacity", {"capacities": ()}),
            ("capacity", {"capacities": (1,)}),
            ("not over 4 for each", {"capacities": (10**9,)}),
            ("branch", {"branches": ()}),
        ):
            school = empty_school()
            with pytest.raises(ValueError, match=words):
                demo.load_demo(school, centers=[replace(SAMARKAND, **changed)], schools=[])
            assert not demo.has_data(school)

    def test_whether_it_is_there_can_be_asked(self, school):
        assert (demo.has_data(school), demo.has_demo_data(school)) == (True, True)
        assert (demo.has_data(empty_school()), demo.has_demo_data(empty_school())) == (False, False)


def planned(*, seed=demo.SEED, now=NOW):
    calendar, rng = Calendar.before(now, days=demo.DAYS), random.Random(seed)
    people = People(rng, calendar.last)
    return [plan_center(sketch, calendar=calendar, rng=rng, people=people) for sketch in (TASHKENT, SAMARKAND)]


def told(plans):
    return [
        (student.person, student.registers, student.final_status, student.group and student.group.name)
        for plan in plans
        for student in plan.students
    ]


class TestThePlan:
    def test_two_groups_of_english_run_even_where_nearly_all_are_over(self):
        sketch = replace(SAMARKAND, groups=40, completed=38, students=500)
        for seed in range(5):
            calendar, rng = Calendar.before(NOW, days=demo.DAYS), random.Random(seed)
            plan = plan_center(sketch, calendar=calendar, rng=rng, people=People(rng, calendar.last))
            assert [group.course for group in plan.groups if group.status is GroupStatus.ACTIVE] == [ENGLISH, ENGLISH]
            assert len(plan.students) == 500

    def test_the_same_seed_and_day_give_the_same_people(self):
        assert told(planned()) == told(planned())

    def test_another_seed_gives_other_people(self):
        assert told(planned()) != told(planned(seed=1))

    @pytest.mark.parametrize("month", range(1, 13))
    @pytest.mark.parametrize("seed", [demo.SEED, 7])
    def test_it_holds_on_any_day_of_the_year(self, month, seed):
        now = datetime(2027, month, 28, 3, tzinfo=UTC)
        for plan in planned(seed=seed, now=now):
            assert len(plan.students) == plan.sketch.students
            assert len(plan.groups) == plan.sketch.groups
            for group in plan.groups:
                assert plan.opens < group.teacher.joins < group.opens < now
                assert group.seated <= group.capacity
                assert group.status_changes_at is None or group.opens < group.status_changes_at < now
            for student in plan.students:
                assert plan.opens < student.registers < now
                assert student.status_changes_at is None or student.registers < student.status_changes_at < now
                assert student.group is None or student.group.opens < student.registers
                assert student.group is None or (student.group.status_changes_at or now) > student.registers
                assert student.joins_second is None or student.second_group.opens < student.joins_second < now


def test_people_have_news_and_nothing_is_left_to_be_sent(school, rows):
    with school.work(SUPERADMIN, read_only=True) as uow:
        notes = uow.find(Notification, to="remind")
    for name in ("director1", "manager1", "admin1", "teacher1", "student1", "director2", "student2"):
        (user,) = rows(User, where(username=name))
        assert {note.is_read for note in notes if note.user_id == user.id} == {True, False}, name
    assert {text.status for text in rows(Delivery)} == {DeliveryStatus.SENT, DeliveryStatus.FAILED}
    assert Counter(template.center_id for template in rows(SmsTemplate)) == {1: 3, 2: 3}
    assert rows(Job) == []
