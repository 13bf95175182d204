"""Who asks, and what their role may do."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from benchmarks.peers.drf.models import SignIn, User

OFFICE = frozenset({"superadmin", "director", "manager", "admin"})
OWNERS = frozenset({"superadmin", "director"})
MARKERS = OWNERS | {"admin", "teacher"}
EVERYBODY = OFFICE | {"teacher", "student"}


class SameCost(Argon2PasswordHasher):
    """Argon2 with the cost that the other side uses."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1


class SignedIn(JWTAuthentication):
    """Checks the signature, and in one query that the sign-in still stands; `user.sign_in` says who acts as what."""

    def get_user(self, validated_token: Any) -> User:
        """The person behind a token. Raises: AuthenticationFailed."""
        digest = hashlib.sha256(validated_token["key"].encode()).hexdigest()
        proof = {"pk": validated_token["sid"], "key_digest": digest}
        found = SignIn.objects.select_related("user", "membership__center").filter(**proof).first()
        if found is None or found.ended_at or found.expires_at <= timezone.now():
            raise AuthenticationFailed("You have been signed out; sign in again.")
        member = found.membership
        if member.is_blocked or (member.center and member.center.status == "inactive"):
            raise AuthenticationFailed("You cannot sign in at present.")
        user: Any = found.user
        user.sign_in, user.role, user.member_of = found, member.role, member.center
        return found.user


class RolesOf(BasePermission):
    """Lets the roles act that the view names for an action, or for the method."""

    message = "You do not have permission to do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the role may ever do this."""
        if not getattr(request.user, "is_authenticated", False):
            raise NotAuthenticated
        return request.user.role in view.roles_for(request)
