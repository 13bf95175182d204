"""A stand-in for Stripe, for what localstripe cannot do: idempotency keys, refused keys, and limits of refunds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from support.gateways.provider_stand_in import Answer, ProviderStandIn, Request


@dataclass
class StripeStandIn(ProviderStandIn):
    """An account of Stripe with its PaymentIntents and Refunds."""

    key: str = "sk_test_stand_in"
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    forgets_keys: bool = False
    _answers: dict[str, tuple[Request, Answer]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return refusal(401, "invalid_request_error", "Invalid API Key provided")
        if request.method == "GET":
            return self._find(request)
        idempotency_key = request.headers["idempotency-key"]
        if idempotency_key in self._answers and not self.forgets_keys:
            first, answer = self._answers[idempotency_key]
            if (first.path, first.body) != (request.path, request.body):
                return refusal(400, "idempotency_error", "Keys can only be used with the same parameters")
            return answer
        fields = dict(parse_qsl(request.body.decode()))
        answer = self._open(fields) if request.path == "/v1/payment_intents" else self._refund(fields)
        self._answers[idempotency_key] = request, answer
        return answer

    def pay(self, ref: str) -> None:
        """Pay an intent."""
        intent = self.intents[ref]
        charge = f"ch_{next(self._numbers)}"
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge}

    def decline(self, ref: str) -> None:
        """Decline the card of a payer."""
        charge = f"ch_{next(self._numbers)}"
        self.intents[ref] |= {"last_payment_error": {"code": "card_declined"}, "latest_charge": charge}

    def cancel(self, ref: str) -> None:
        """Cancel an intent."""
        self.intents[ref]["status"] = "canceled"

    def _find(self, request: Request) -> Answer:
        if request.path == "/v1/refunds":
            found = [refund for refund in self.refunds if refund["charge"] == request.query["charge"]]
            return 200, {"object": "list", "data": found, "has_more": False}
        intent = self.intents.get(request.path.removeprefix("/v1/payment_intents/"))
        return (200, intent) if intent else refusal(404, "invalid_request_error", "No such payment_intent")

    def _open(self, fields: dict[str, str]) -> Answer:
        ref = f"pi_{next(self._numbers)}"
        self.intents[ref] = {
            "id": ref,
            "object": "payment_intent",
            "amount": int(fields["amount"]),
            "amount_received": 0,
            "client_secret": f"{ref}_secret_xyz",
            "currency": fields["currency"],
            "description": fields["description"],
            "last_payment_error": None,
            "latest_charge": None,
            "status": "requires_payment_method",
        }
        return 200, dict(self.intents[ref])

    def _refund(self, fields: dict[str, str]) -> Answer:
        charge, amount = fields["charge"], int(fields["amount"])
        paid = sum(i["amount_received"] for i in self.intents.values() if i["latest_charge"] == charge)
        if amount > paid - sum(refund["amount"] for refund in self.refunds if refund["charge"] == charge):
            return refusal(400, "invalid_request_error", "Refund amount is greater than unrefunded amount")
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": amount,
            "charge": charge,
            "metadata": {"key": fields["metadata[key]"]},
            "status": "succeeded",
        }
        self.refunds.append(refund)
        return 200, refund


def refusal(status: int, kind: str, message: str) -> Answer:
    return status, {"error": {"type": kind, "message": message}}
