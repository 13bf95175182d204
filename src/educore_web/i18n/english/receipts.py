"""Labels on a receipt."""

from __future__ import annotations

RECEIPTS: dict[str, str] = {
    "receipt": "Receipt",
    "amount": "Amount",
    "student": "Student",
    "group": "Group",
    "method": "Paid by",
    "date": "Date",
    "due": "Due date",
    "received_by": "Received by",
    "notes": "Notes",
    "signature": "Signature",
    "cancelled": "CANCELLED",
}
