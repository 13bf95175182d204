"""A stand-in for Razorpay: orders, their payments, refunds and signed callbacks, as its documentation has them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from support.gateways.provider_stand_in import Answer, ProviderStandIn, Request


@dataclass
class RazorpayStandIn(ProviderStandIn):
    """An account of Razorpay.

    `duplicates` says what becomes of a second order with a unique receipt: the first one is answered (`same`), it is
    refused (`refused`), or nobody cares (`created`).
    """

    key_id: str = "rzp_test_stand_in"
    secret: str = "razorpay-secret"
    webhook_secret: str = "razorpay-webhook-secret"
    duplicates: str = "same"
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    _refund_keys: dict[str, tuple[Request, Answer]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, request: Request) -> Answer:
        credentials = base64.b64encode(f"{self.key_id}:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {credentials}":
            return refusal(401, "Authentication failed")
        match (request.method, *request.path.removeprefix("/v1/").split("/")):
            case ("POST", "orders"):
                return self._create_order(json.loads(request.body))
            case ("GET", "orders"):
                return items(self.orders, "receipt", request.query["receipt"])
            case ("GET", "orders", ref, "payments"):
                return items(self.payments, "order_id", ref) if ref in self.orders else no_such_id()
            case ("GET", "payments", charge, "refunds"):
                return items(self.refunds, "payment_id", charge) if charge in self.payments else no_such_id()
            case ("POST", "payments", charge, "refund"):
                return self._refund_once(charge, request)
        return refusal(404, "The requested URL was not found on the server.")

    def pay(self, ref: str, *, status: str = "captured") -> dict[str, Any]:
        """Pay an order, and return what the page of the payer gets to hand on."""
        order, charge = self.orders[ref], f"pay_{next(self._numbers)}"
        amounts = {"amount": order["amount"], "currency": order["currency"], "amount_refunded": 0}
        self.payments[charge] = {"id": charge, "order_id": ref, "status": status, **amounts}
        signature = sign(f"{ref}|{charge}".encode(), self.secret)
        return {"razorpay_order_id": ref, "razorpay_payment_id": charge, "razorpay_signature": signature}

    def decline(self, ref: str) -> None:
        """Decline an attempt to pay."""
        self.pay(ref, status="failed")

    def forget_keys(self) -> None:
        """Forget which refunds were made with which keys."""
        self._refund_keys.clear()

    def callback(self, ref: str, event: str = "payment.captured") -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers of a callback about an order."""
        payload = {"payment": {"entity": {"id": "pay_0", "order_id": ref}}, "order": {"entity": {"id": ref}}}
        body = json.dumps({"entity": "event", "event": event, "payload": payload}).encode()
        return body, self.sign_callback(body)

    def sign_callback(self, body: bytes) -> dict[str, str]:
        """Return the headers of a callback with this body."""
        return {"X-Razorpay-Signature": sign(body, self.webhook_secret)}

    def _create_order(self, fields: dict[str, Any]) -> Answer:
        found = [order for order in self.orders.values() if order["receipt"] == fields["receipt"]]
        if found and fields.get("unique_receipt") and self.duplicates != "created":
            return (200, found[0]) if self.duplicates == "same" else refusal(400, "Order already exists")
        if len(fields["receipt"]) > 40 or type(fields["amount"]) is not int:
            return refusal(400, "receipt: the length must be no more than 40.")
        ref = f"order_{next(self._numbers)}"
        self.orders[ref] = {"id": ref, "entity": "order", "status": "created", **fields}
        return 200, self.orders[ref]

    def _refund_once(self, charge: str, request: Request) -> Answer:
        key = request.headers["x-refund-idempotency"]
        if not re.fullmatch("[A-Za-z0-9_-]{10,}", key):
            return refusal(400, "The idempotency key is too short.")
        if key in self._refund_keys:
            first, answer = self._refund_keys[key]
            is_same = (first.path, first.body) == (request.path, request.body)
            return answer if is_same else refusal(400, "Different request body sent for the same idempotency key.")
        self._refund_keys[key] = request, self._refund(charge, json.loads(request.body))
        return self._refund_keys[key][1]

    def _refund(self, charge: str, fields: dict[str, Any]) -> Answer:
        payment = self.payments.get(charge)
        if payment is None:
            return no_such_id()
        if fields["amount"] > payment["amount"] - payment["amount_refunded"]:
            return refusal(400, "The total refund amount is greater than the refund payment amount")
        payment["amount_refunded"] += fields["amount"]
        if payment["amount_refunded"] == payment["amount"]:
            payment["status"] = "refunded"
        ref = f"rfnd_{next(self._numbers)}"
        self.refunds[ref] = {"id": ref, "payment_id": charge, "status": "processed", **fields}
        return 200, self.refunds[ref]


def sign(content: bytes, secret: str) -> str:
    """The signature of Razorpay, written from its documentation and not from our code."""
    return hmac.digest(secret.encode(), content, hashlib.sha256).hex()


def items(rows: dict[str, dict[str, Any]], field_name: str, value: str) -> Answer:
    found = [row for row in rows.values() if row[field_name] == value]
    return 200, {"entity": "collection", "count": len(found), "items": found}


def no_such_id() -> Answer:
    return refusal(400, "The id provided does not exist")


def refusal(status: int, description: str) -> Answer:
    return status, {"error": {"code": "BAD_REQUEST_ERROR", "description": description}}
