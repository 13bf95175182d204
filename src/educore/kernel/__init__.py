"""The kernel: entities, conditions, policies, shapes and the unit of work. It knows nothing of education."""

from educore.kernel.actions import get_to_perform, locks_row, perform, use_case
from educore.kernel.aggregates import Aggregate
from educore.kernel.application import Educore
from educore.kernel.changes import Change
from educore.kernel.conditions import Comparison, Nested, Where, actor, everything, nothing, where
from educore.kernel.context import Context
from educore.kernel.domain import Domain
from educore.kernel.entity import (
    ActedBy,
    Audited,
    Entity,
    Fixed,
    Hidden,
    OnDelete,
    Ref,
    StoredFile,
    Timestamped,
    is_marked,
    marks,
    references,
    value_type,
)
from educore.kernel.errors import (
    Conflict,
    EducoreError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    Stale,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
)
from educore.kernel.policy import ANONYMOUS, PLATFORM, Actor, Grant, Policy, Role, allow, only_fields
from educore.kernel.ports import Clock, Files, Mail, Passwords, Ports, Seal, Sms, Tokens, Undelivered, hash_passwords
from educore.kernel.projection import compile_shape
from educore.kernel.row_names import name_fields
from educore.kernel.shape import Computed, ComputedNow, Constant, Count, From, Joined, Shape, Sum, nested, path_of
from educore.kernel.staging import StagedFile, Staging
from educore.kernel.storage import DeferredKey, Index, NoOverlap, Unlisted
from educore.kernel.store import Page, Store, Transaction
from educore.kernel.unit_of_work import UnitOfWork
from educore.kernel.versions import WHOLE_ROW, Seen, differing_fields, fingerprint, version
from educore.kernel.words import OnlyMembers, match_members

__all__ = [
    "ANONYMOUS",
    "ActedBy",
    "Actor",
    "Aggregate",
    "Audited",
    "Change",
    "Clock",
    "Comparison",
    "Computed",
    "ComputedNow",
    "Conflict",
    "Constant",
    "Context",
    "Count",
    "DeferredKey",
    "Domain",
    "Educore",
    "EducoreError",
    "Entity",
    "Files",
    "Fixed",
    "Forbidden",
    "From",
    "Grant",
    "Hidden",
    "Index",
    "Invalid",
    "Joined",
    "Mail",
    "Nested",
    "NoOverlap",
    "NotFound",
    "OnDelete",
    "OnlyMembers",
    "PLATFORM",
    "Page",
    "Passwords",
    "Policy",
    "Ports",
    "Problem",
    "Ref",
    "Role",
    "Seal",
    "Seen",
    "Shape",
    "Sms",
    "StagedFile",
    "Staging",
    "Stale",
    "Store",
    "StoredFile",
    "Sum",
    "Timestamped",
    "Tokens",
    "TooManyAttempts",
    "Transaction",
    "Unauthenticated",
    "Unavailable",
    "Undelivered",
    "UnitOfWork",
    "Unlisted",
    "WHOLE_ROW",
    "Where",
    "actor",
    "allow",
    "compile_shape",
    "differing_fields",
    "everything",
    "fingerprint",
    "get_to_perform",
    "hash_passwords",
    "is_marked",
    "locks_row",
    "marks",
    "match_members",
    "name_fields",
    "nested",
    "nothing",
    "only_fields",
    "path_of",
    "perform",
    "references",
    "use_case",
    "value_type",
    "version",
    "where",
]
