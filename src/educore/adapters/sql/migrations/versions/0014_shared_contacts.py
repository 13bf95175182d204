"""people share phones and e-mail addresses; stored phones are international; a refresh can be answered again"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress

import phonenumbers
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

log = logging.getLogger("educore.migrations")

SHARED = ("email", "phone")
PHONES = (("center", "phone"), ("branch", "phone"), ("lead", "phone"), ("user_", "phone"), ("student", "parent_phone"))
INTERNATIONAL = re.compile(r"\+[1-9][0-9]{6,14}")
AUTOMATIC = "sqlite_autoindex_user__"
"""The beginning of the names that SQLite gives to the indexes of the constraints of the table."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column in SHARED:
            op.drop_constraint(f"uq_user__{column}", "user_", type_="unique")
            op.create_index(f"ix_user__{column}", "user_", [column])
    else:
        _make_plain_indexes()
    op.add_column("sign_in", sa.Column("replaced_tokens", sa.String(length=500), nullable=False, server_default=""))
    for table, column in PHONES:
        _normalize(table, column)


def downgrade() -> None:
    """Make the columns unique again. Raises: RuntimeError if people share a phone or an e-mail address by now."""
    op.drop_column("sign_in", "replaced_tokens")
    for column in SHARED:
        value: sa.ColumnClause[str] = sa.column(column)
        shared = sa.select(value).select_from(sa.table("user_", value)).where(value.is_not(None)).group_by(value)
        if several := len(op.get_bind().execute(shared.having(sa.func.count() > 1)).all()):
            raise RuntimeError(f"{several} values of user_.{column} belong to several accounts")
    if op.get_bind().dialect.name == "postgresql":
        for column in SHARED:
            op.drop_index(f"ix_user__{column}", "user_")
            op.create_unique_constraint(f"uq_user__{column}", "user_", [column])
    else:
        _make_constraints()


# -- constraints in SQLite -----------------------------------------------------------------------------


def _make_plain_indexes() -> None:
    """Take the constraints out of the table where they are written, and make plain indexes of their own indexes.

    Making the table anew would delete the old one, and with it all rows that point at it (see 0009). Both kinds of
    index hold the same pages, so only their names and rules change. SQLite numbers the indexes of constraints.
    """
    indexes = {_column_of(name): name for name in _indexes_of_constraints()}
    op.execute("PRAGMA writable_schema = ON")
    for column in SHARED:
        _rewrite_table(_rule(column), "")
        _rewrite_index(indexes[column], f"ix_user__{column}", f"CREATE INDEX ix_user__{column} ON user_ ({column})")
    _rewrite_index(indexes["username"], f"{AUTOMATIC}1", None)
    _read_schema_again()


def _make_constraints() -> None:
    """Do the opposite of `_make_plain_indexes`."""
    op.execute("PRAGMA writable_schema = ON")
    _rewrite_index(f"{AUTOMATIC}1", f"{AUTOMATIC}{len(SHARED) + 1}", None)
    for number, column in enumerate(SHARED, 1):
        _rewrite_table(_rule("username"), _rule(column) + _rule("username"))
        _rewrite_index(f"ix_user__{column}", f"{AUTOMATIC}{number}", None)
    _read_schema_again()


def _rule(column: str) -> str:
    return f", \n\tCONSTRAINT uq_user__{column} UNIQUE ({column})"


def _indexes_of_constraints() -> list[str]:
    return [row[1] for row in op.get_bind().exec_driver_sql("PRAGMA index_list(user_)") if row[3] == "u"]


def _column_of(index: str) -> str:
    return str(op.get_bind().exec_driver_sql(f"PRAGMA index_info({index})").one()[2])


def _rewrite_table(before: str, after: str) -> None:
    _rewrite(
        "UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE type = 'table' AND name = 'user_' "
        "AND instr(sql, :before) > 0",
        {"before": before, "after": after},
    )


def _rewrite_index(before: str, after: str, sql: str | None) -> None:
    _rewrite(
        "UPDATE sqlite_master SET name = :after, sql = :sql WHERE type = 'index' AND name = :before",
        {"before": before, "after": after, "sql": sql},
    )


def _rewrite(statement: str, values: dict[str, str | None]) -> None:
    if op.get_bind().execute(sa.text(statement), values).rowcount != 1:
        raise RuntimeError(f"the table user_ has no {values['before']}")


def _read_schema_again() -> None:
    """Have SQLite, here and in every other process, notice the rules that were rewritten."""
    version = op.get_bind().scalar(sa.text("PRAGMA schema_version"))
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")


# -- phones --------------------------------------------------------------------------------------------


def _normalize(table: str, column: str) -> None:
    """Store the phones of a table in international form; log the rows whose phone cannot be read, which stay."""
    rows = sa.table(table, sa.column("id"), sa.column(column), sa.column("center_id"), sa.column("country"))
    changes, unreadable = [], []
    for id, phone, country in _odd_phones(rows, rows.c[column]):
        if (number := _read_phone(phone, country)) is None:
            unreadable.append(id)
        else:
            changes.append({"row": id, "number": number})
    if changes:
        change = sa.update(rows).where(rows.c.id == sa.bindparam("row")).values({column: sa.bindparam("number")})
        op.get_bind().execute(change, changes)
    if unreadable:
        log.warning("%s.%s is no phone number in the rows %s", table, column, ", ".join(map(str, unreadable)))


def _odd_phones(rows: sa.TableClause, phone: sa.ColumnElement[str]) -> Iterator[tuple[int, str, str | None]]:
    """Yield the id, the phone and the country of the rows whose phone is not in international form.

    Accounts of the platform belong to no Center, and so to no country.
    """
    center = sa.table("center", sa.column("id"), sa.column("country"))
    if rows.name == "center":
        query = sa.select(rows.c.id, phone, rows.c.country)
    else:
        of_center = rows.outerjoin(center, center.c.id == rows.c.center_id)
        query = sa.select(rows.c.id, phone, center.c.country).select_from(of_center)
    for id, text, country in op.get_bind().execute(query.where(phone.is_not(None)).order_by(rows.c.id)):
        if not INTERNATIONAL.fullmatch(text):
            yield id, text, country


def _read_phone(text: str, country: str | None) -> str | None:
    """Return a number in international form, None if it cannot exist in its country; the plus may lack."""
    for written in (text, f"+{text}"):
        with suppress(phonenumbers.NumberParseException):
            number = phonenumbers.parse(written, country)
            if phonenumbers.is_possible_number(number) and not number.extension:
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None
