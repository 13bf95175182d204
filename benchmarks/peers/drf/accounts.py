"""Authentication and permissions."""

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
    """Argon2 with the cost that educore uses."""

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1


class SignedIn(JWTAuthentication):
    """Check the signature and, in one query, the sign-in. `user.sign_in` has the role."""

    def get_user(self, validated_token: Any) -> User:
        """Return the user of a token. Raises: AuthenticationFailed."""
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
    """Allow the roles that the view names for an action or a method."""

    message = "You do not have permission to do this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the role may do this at all."""
        if not getattr(request.user, "is_authenticated", False):
            raise NotAuthenticated
        return request.user.role in view.roles_for(request)
