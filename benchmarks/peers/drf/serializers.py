"""Serializers of requests and answers."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from benchmarks.peers.drf.models import Branch, Came, Group, Status, Student, User

TAKEN = [UniqueValidator(queryset=User.objects.all(), message="This is already taken; choose another one.")]
UNKNOWN = {"does_not_exist": "Nothing with the id {pk_value} exists here."}


class Word(serializers.ChoiceField):
    """A choice by its label: `Active` for the stored `active`."""

    def __init__(self, words: Any, **options: Any) -> None:
        self.stored = {str(label): value for value, label in words}
        self.labels = {value: label for label, value in self.stored.items()}
        *others, last = map(repr, self.stored)
        message = f"Choose one of {', '.join(others)} or {last}."
        super().__init__(choices=list(self.stored), error_messages={"invalid_choice": message}, **options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the stored value."""
        return self.stored[super().to_internal_value(data)]

    def to_representation(self, value: Any) -> str:
        """Return the label."""
        return self.labels[value]


class UserOut(serializers.ModelSerializer):
    """The five keys of every account."""

    class Meta:
        model = User
        fields = ("id", "username", "email", "first_name", "last_name")


class UserInfo(UserOut):
    """The account with the other data of a student."""

    full_name = serializers.SerializerMethodField()
    role = serializers.SerializerMethodField()

    class Meta(UserOut.Meta):
        fields = (*UserOut.Meta.fields, "full_name", "phone", "image", "role")

    def get_full_name(self, user: User) -> str | None:
        """Return first and last name."""
        return f"{user.first_name} {user.last_name}".strip() or None

    def get_role(self, user: User) -> str:
        """Return the role of every student."""
        return "Student"


class StudentOut(serializers.ModelSerializer):
    """A student with the names of branch and group; the query adds `is_blocked`."""

    user = UserOut()
    user_info = UserInfo(source="user")
    group_name = serializers.CharField(source="group.name", default=None)
    branch_name = serializers.CharField(source="branch.name")
    status = Word(Status.choices)

    class Meta:
        model = Student
        fields = (
            "id",
            "user",
            "user_info",
            "group",
            "group_name",
            "branch",
            "branch_name",
            "status",
            "enrollment_date",
            "parent_name",
            "parent_phone",
            "created_at",
            "updated_at",
        )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Return the declared fields, `is_blocked`, and the phone and the picture once more."""
        shown: dict[str, Any] = super().to_representation(instance)
        shown["user_info"]["is_blocked"] = instance.is_blocked
        return {**shown, "phone": shown["user_info"]["phone"], "image": shown["user_info"]["image"]}


class AccountIn(serializers.Serializer):
    """A new account."""

    username = serializers.RegexField(r"^[\w.@+-]+$", max_length=150, validators=TAKEN)
    password = serializers.CharField(min_length=8, max_length=128, trim_whitespace=False)
    email = serializers.EmailField(max_length=254, required=False, allow_null=True)
    first_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    phone = serializers.RegexField(r"^\+[1-9][0-9]{6,14}$", max_length=32, required=False, allow_null=True)

    def validate_password(self, password: str) -> str:
        """Require letters and digits."""
        if not re.search(r"\d", password) or not any(letter.isalpha() for letter in password):
            raise serializers.ValidationError("Use at least 8 characters with letters and digits.")
        return password


class StudentIn(serializers.Serializer):
    """A new student; branch and group must be of the person's own Center."""

    user = AccountIn()
    branch = serializers.PrimaryKeyRelatedField(queryset=Branch.objects.none(), error_messages=UNKNOWN)
    group = serializers.PrimaryKeyRelatedField(
        queryset=Group.objects.none(), required=False, allow_null=True, error_messages=UNKNOWN
    )
    status = Word(Status.choices, required=False)
    enrollment_date = serializers.DateField(required=False)
    parent_name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    parent_phone = serializers.RegexField(r"^\+[1-9][0-9]{6,14}$", max_length=32, required=False, allow_null=True)

    def __init__(self, *args: Any, center: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["branch"].queryset = Branch.objects.filter(center=center)
        self.fields["group"].queryset = Group.objects.filter(center=center)

    def validate_branch(self, branch: Branch) -> Branch:
        """Require an open branch."""
        if branch.status == "closed":
            raise serializers.ValidationError(
                "This branch is closed and takes no new groups or students; open it or choose another one."
            )
        return branch


class MarkIn(serializers.Serializer):
    """The mark of one student."""

    student_id = serializers.IntegerField()
    status = Word(Came.choices)
    notes = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class MarksIn(serializers.Serializer):
    """The marks of a class."""

    lesson_id = serializers.IntegerField()
    attendance_data = MarkIn(many=True, max_length=1000)
