"""The receipt of a payment, as a file that browsers open and print."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from educore import Educore, From, Joined, Shape
from educore.billing import Payment, PaymentMethod
from educore_web.admin.security.current_user import acting
from educore_web.admin.ui.cells import say_choice
from educore_web.admin.ui.language import current_language


class Paper(Shape, of=Payment):
    """What stands on a receipt."""

    center: Annotated[str, From("center.name")]
    address: Annotated[str, From("center.address")]
    phone: Annotated[str | None, From("center.phone")]
    currency: Annotated[str, From("center.currency")]
    number: Annotated[str, From("receipt_number")]
    student: Annotated[str | None, Joined("student.user.first_name", "student.user.last_name")]
    group: Annotated[str | None, From("group.name")]
    amount: Decimal
    method: PaymentMethod
    paid_on: date
    due_on: Annotated[date | None, From("due_date")]
    received_by: Annotated[str | None, Joined("received_by.first_name", "received_by.last_name")]
    notes: str
    withdrawn_at: datetime | None


def receipt_of(school: Educore, payment: int) -> tuple[str, bytes]:
    """The name and the bytes of a receipt in the language of the page. Raises: NotFound."""
    from educore_web.reports.receipts import (  # with it comes fpdf, as large as the rest of the admin
        Receipt,
        render_receipt,
    )

    with school.work(acting(), read_only=True) as uow:
        told = uow.select_one(Paper, payment)
        made_at = uow.ports.clock.now()
    is_cancelled = told.pop("withdrawn_at") is not None
    told |= {name: told[name] or "" for name in ("address", "phone", "student", "group", "received_by")}
    told["method"] = say_choice(PaymentMethod(told["method"]))
    receipt = Receipt(**told, language=current_language(), is_cancelled=is_cancelled)
    content = render_receipt(receipt, created_at=made_at)
    return f"{re.sub(r'[^A-Za-z0-9-]+', '-', told['number']).strip('-') or payment}.pdf", content
