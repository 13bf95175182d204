"""Django models of the tables of educore, with their indexes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import CASCADE, PROTECT, SET_NULL


class Status(models.TextChoices):
    """The status of a student, with the words of the API."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    BLOCKED = "blocked", "Blocked"
    GRADUATED = "graduated", "Graduated"


class Came(models.TextChoices):
    """The status of a mark."""

    PRESENT = "present", "Present"
    ABSENT = "absent", "Absent"
    LATE = "late", "Late"


class Money(models.DecimalField):
    """An amount. In SQLite these tables hold hundredths."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        """Convert hundredths to an amount."""
        if value is None or connection.vendor != "sqlite":
            return value
        return Decimal(value) / 100


class Stamped(models.Model):
    """Adds the times of creation and of the last change."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Center(Stamped):
    """The tenant."""

    name = models.CharField(max_length=200)
    status = models.CharField(max_length=32)
    time_zone = models.CharField(max_length=64)

    class Meta:
        managed = False
        db_table = "center"


class Branch(Stamped):
    """One address of a Center."""

    center = models.ForeignKey(Center, PROTECT)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=32)

    class Meta:
        managed = False
        db_table = "branch"


class User(Stamped, AbstractBaseUser):
    """A person."""

    center = models.ForeignKey(Center, PROTECT, null=True)
    username = models.CharField(max_length=150, unique=True)
    password = models.CharField(max_length=255, db_column="password_hash", null=True)
    email = models.CharField(max_length=254, null=True)
    phone = models.CharField(max_length=32, null=True)
    first_name = models.CharField(max_length=150, default="")
    last_name = models.CharField(max_length=150, default="")
    image = models.CharField(max_length=255, null=True)
    last_login = None

    USERNAME_FIELD = "username"

    class Meta:
        managed = False
        db_table = "user_"


class Membership(Stamped):
    """The role of a person in a Center."""

    center = models.ForeignKey(Center, PROTECT, null=True)
    user = models.ForeignKey(User, PROTECT, related_name="memberships")
    role = models.CharField(max_length=32)
    is_blocked = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "membership"


class SignIn(models.Model):
    """One device on which a user is signed in."""

    user = models.ForeignKey(User, CASCADE)
    membership = models.ForeignKey(Membership, CASCADE)
    student = models.ForeignKey("Student", CASCADE, null=True)
    teacher_id = models.BigIntegerField(null=True)
    key_digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "sign_in"


class Group(Stamped):
    """Students who study together."""

    center = models.ForeignKey(Center, PROTECT)
    branch = models.ForeignKey(Branch, PROTECT)
    teacher_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200)
    capacity = models.IntegerField(null=True)
    status = models.CharField(max_length=32)

    class Meta:
        managed = False
        db_table = "group_"


class Student(Stamped):
    """A person who learns in a Center."""

    center = models.ForeignKey(Center, PROTECT)
    user = models.ForeignKey(User, PROTECT)
    branch = models.ForeignKey(Branch, PROTECT)
    group = models.ForeignKey(Group, PROTECT, null=True)
    status = models.CharField(max_length=32, choices=Status.choices, default=Status.ACTIVE)
    enrollment_date = models.DateField()
    parent_name = models.CharField(max_length=150, default="")
    parent_phone = models.CharField(max_length=32, null=True)

    class Meta:
        managed = False
        db_table = "student"


class Enrollment(models.Model):
    """A place in a group."""

    center = models.ForeignKey(Center, PROTECT)
    group = models.ForeignKey(Group, PROTECT, related_name="enrollments")
    student = models.ForeignKey(Student, CASCADE, related_name="enrollments")
    enrolled_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        managed = False
        db_table = "enrollment"


class Lesson(Stamped):
    """A dated meeting of a group."""

    center = models.ForeignKey(Center, PROTECT)
    group = models.ForeignKey(Group, PROTECT, related_name="lessons")
    teacher_id = models.BigIntegerField(null=True)
    date = models.DateField()
    is_cancelled = models.BooleanField(default=False)

    class Meta:
        managed = False
        db_table = "session"


class Attendance(models.Model):
    """The mark of one student in one lesson."""

    center = models.ForeignKey(Center, PROTECT)
    lesson = models.ForeignKey(Lesson, PROTECT, db_column="session_id")
    student = models.ForeignKey(Student, PROTECT)
    status = models.CharField(max_length=32, choices=Came.choices)
    notes = models.CharField(max_length=500, default="")
    teacher_id = models.BigIntegerField(null=True)
    marker = models.ForeignKey(User, SET_NULL, null=True)
    marked_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "attendance"


class AttendanceCorrection(models.Model):
    """The old value of a changed mark."""

    center = models.ForeignKey(Center, PROTECT)
    lesson = models.ForeignKey(Lesson, CASCADE, db_column="session_id")
    student = models.ForeignKey(Student, CASCADE)
    corrected_by = models.ForeignKey(User, SET_NULL, null=True)
    corrected_at = models.DateTimeField()
    status_before = models.CharField(max_length=32)
    notes_before = models.CharField(max_length=500, default="")
    status_after = models.CharField(max_length=32, null=True)
    notes_after = models.CharField(max_length=500, default="")

    class Meta:
        managed = False
        db_table = "attendance_correction"


class Payment(Stamped):
    """A payment for a group."""

    center = models.ForeignKey(Center, PROTECT)
    group = models.ForeignKey(Group, PROTECT, null=True)
    amount = Money(max_digits=14, decimal_places=2)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "payment"
