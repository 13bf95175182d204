"""The measured operations."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import get_object_or_404
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from benchmarks.peers.drf.accounts import EVERYBODY, MARKERS, OFFICE, OWNERS, RolesOf
from benchmarks.peers.drf.models import Group, Membership, Student
from benchmarks.peers.drf.serializers import MarksIn, StudentIn, StudentOut
from benchmarks.peers.drf.services import group_statistics, mark_class, register_student

BLOCKED = Exists(Membership.objects.filter(user=OuterRef("user"), role="student", is_blocked=True))


class Students(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """Students: list, retrieve, create."""

    serializer_class = StudentOut
    permission_classes = (RolesOf,)
    filter_backends = (SearchFilter, OrderingFilter)
    search_fields = (
        "user__first_name",
        "user__last_name",
        "user__username",
        "user__phone",
        "parent_name",
        "parent_phone",
    )
    ordering_fields = ("id", "status", "enrollment_date", "parent_name", "created_at", "updated_at")
    ordering = ("id",)

    def roles_for(self, request: Request) -> frozenset[str]:
        """Return the roles for the method: members read, staff register."""
        return EVERYBODY if request.method == "GET" else OFFICE

    def get_queryset(self) -> QuerySet[Student]:
        """Return the students that the user may see, with related rows."""
        user: Any = self.request.user
        students = Student.objects.select_related("user", "group", "branch").annotate(is_blocked=BLOCKED)
        if user.role == "superadmin":
            return students
        students = students.filter(center=user.member_of)
        if user.role == "student":
            return students.filter(pk=user.sign_in.student_id)
        if user.role == "teacher":
            me = user.sign_in.teacher_id
            taught = Q(enrollments__group__teacher_id=me) | Q(enrollments__group__lessons__teacher_id=me)
            return students.filter(taught, enrollments__left_on=None).distinct()
        return students

    def create(self, request: Request) -> Response:
        """Register a student."""
        center = request.user.member_of
        sent = StudentIn(data=request.data, center=center)
        sent.is_valid(raise_exception=True)
        student: Any = register_student(center, **sent.validated_data)
        student.is_blocked = False
        return Response(StudentOut(student).data, status=201)


class BulkMark(APIView):
    """Marks of a whole class."""

    permission_classes = (RolesOf,)

    def roles_for(self, request: Request) -> frozenset[str]:
        """Return the roles that may mark."""
        return MARKERS

    def post(self, request: Request) -> Response:
        """Mark the class."""
        sent = MarksIn(data=request.data)
        sent.is_valid(raise_exception=True)
        marked = mark_class(request.user, **sent.validated_data)
        return Response({"status": f"Marked {marked} attendance records"})


class GroupStatistics(APIView):
    """The statistics of a group."""

    permission_classes = (RolesOf,)

    def roles_for(self, request: Request) -> frozenset[str]:
        """Return the roles that may read statistics."""
        return OWNERS

    def get(self, request: Request, pk: int) -> Response:
        """Return the statistics."""
        groups = (
            Group.objects.all()
            if request.user.role == "superadmin"
            else Group.objects.filter(center=request.user.member_of)
        )
        return Response(group_statistics(get_object_or_404(groups, pk=pk)))
