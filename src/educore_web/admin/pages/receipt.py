"""The receipt of a payment, as a PDF."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import Educore, From, NameOf, Shape
from educore.billing import Payment, PaymentMethod
from educore_web.admin.frame import Frame
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.enumerations import format_enum
from educore_web.admin.ui.language import current_language
from educore_web.admin.ui.parameters import NO_ROW, parse_id


class ReceiptData(Shape, of=Payment):
    """The fields of a receipt."""

    center: Annotated[str, From("center.name")]
    address: Annotated[str, From("center.address")]
    phone: Annotated[str | None, From("center.phone")]
    currency: Annotated[str, From("center.currency")]
    country: Annotated[str, From("center.country")]
    number: Annotated[str, From("receipt_number")]
    student: Annotated[str | None, NameOf("student")]
    group: Annotated[str | None, From("group.name")]
    amount: Decimal
    method: PaymentMethod
    paid_on: date
    due_on: Annotated[date | None, From("due_date")]
    received_by: Annotated[str | None, NameOf("received_by")]
    notes: str
    withdrawn_at: datetime | None


@login_required
async def download_receipt(frame: Frame, request: Request) -> Response:
    """Show the receipt of a payment in the browser."""
    frame.view_for(Payment, "read")
    name, content = await to_thread.run_sync(load_receipt, frame.school, parse_id(request.path_params["pk"]) or NO_ROW)
    headers = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=headers)


def load_receipt(school: Educore, payment: int) -> tuple[str, bytes]:
    """Return the file name and the bytes of a receipt in the language of the page. Raises: NotFound."""
    from educore_web.reports.receipts import (  # with it comes fpdf, as large as the rest of the admin
        Receipt,
        render_receipt,
    )

    with school.work(current_actor(), read_only=True) as uow:
        fields = uow.select_one(ReceiptData, payment)
        made_at = uow.ports.clock.now()
    is_cancelled = fields.pop("withdrawn_at") is not None
    fields |= {name: fields[name] or "" for name in ("address", "phone", "student", "group", "received_by")}
    fields["method"] = format_enum(PaymentMethod(fields["method"]))
    receipt = Receipt(**fields, language=current_language(), is_cancelled=is_cancelled)
    content = render_receipt(receipt, created_at=made_at)
    return f"{re.sub(r'[^A-Za-z0-9-]+', '-', fields['number']).strip('-') or payment}.pdf", content
