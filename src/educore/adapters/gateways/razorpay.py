"""Payments through Razorpay; needs `educore[payments]`."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from educore.adapters.gateways.provider_calls import (
    ProviderLine,
    find_header,
    find_text,
    parse_name,
    read_callback,
    require_secrets,
)
from educore.extras import needs_extra
from educore.kernel.errors import Unauthenticated
from educore.kernel.payment_gateways import (
    GatewayFailed,
    IntentState,
    OpenedIntent,
    SeenIntent,
    check_key,
    from_minor,
    has_minor_units,
    to_minor,
)

with needs_extra("payments"):
    import razorpay
    from razorpay.errors import SignatureVerificationError

RAZORPAY_ITEMS_PER_PAGE = 100
"""The orders, payments or refunds that are looked at; Razorpay lists no more at once."""
LONGEST_NOTE = 256
RECEIVED = ("captured", "refunded")
"""The states of a payment whose money has arrived; a payment that was given back whole is `refunded`."""


class RazorpayGateway:
    """Takes money through one account of Razorpay. An intent is an order there, with the key as its receipt.

    `key_id` and `secret` are the API key of the account, `webhook_secret` is that of its callbacks. `timeout` is the
    number of seconds for one call; opening, looking and refunding take up to two of them. Razorpay knows no cancelled
    orders. The page of the payer needs the id of the order and `key_id`, and no client secret.
    Raises: ValueError if a secret is empty.
    """

    def __init__(
        self,
        key_id: str,
        *,
        secret: str,
        webhook_secret: str,
        url: str = "https://api.razorpay.com",
        timeout: float = 20,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        require_secrets(key_id, secret, webhook_secret)
        credentials = base64.b64encode(f"{key_id}:{secret}".encode()).decode()
        self._line = ProviderLine("Razorpay", timeout, secrets=(credentials, secret, webhook_secret), trust=trust)
        self._webhook_secret = webhook_secret
        session = _Session(self._line, credentials)
        self._api: Any = razorpay.Client(session=session, auth=(key_id, secret), base_url=url.rstrip("/"))

    def takes(self, currency: str) -> bool:
        """Return whether all providers count the currency in the same unit; Razorpay itself may still refuse it."""
        return has_minor_units(currency)

    def open(self, *, amount: Decimal, currency: str, key: str, about: str) -> OpenedIntent:
        """Create an order whose payments are captured at once. Raises: GatewayFailed, Invalid."""
        check_key(key)
        fields = {
            "amount": to_minor(amount, currency),
            "currency": currency,
            "receipt": key,
            "unique_receipt": True,
            "payment_capture": True,
            "notes": {"about": about[:LONGEST_NOTE]},
        }
        with self._line.reading():
            order = self._find_order(key) or self._create_order(fields)
            ref, is_same = parse_name(order["id"]), _is_like(order, fields)
        if not is_same:
            raise self._line.failure("has another order with this key", for_good=True)
        return OpenedIntent(ref, client_secret="")

    def look(self, ref: str) -> SeenIntent:
        """Return the order as its payments make it. Raises: GatewayFailed."""
        self._line.check_ref(ref)
        with self._line.reading():
            payments = self._api.order.payments(ref, {"count": RAZORPAY_ITEMS_PER_PAGE})["items"]
            if paid := next((found for found in payments if found["status"] in RECEIVED), None):
                received = from_minor(paid["amount"], paid["currency"])
                return SeenIntent(IntentState.PAID, received, parse_name(paid["id"]), client_secret="")
            is_declined = bool(payments) and all(found["status"] == "failed" for found in payments)
            state = IntentState.FAILED if is_declined else IntentState.OPEN
            return SeenIntent(state, Decimal(0), None, client_secret="")

    def refund(self, *, charge: str, amount: Decimal, currency: str, key: str) -> str:
        """Refund a payment, unless it has a refund with this key. Raises: GatewayFailed, Invalid."""
        check_key(key)
        self._line.check_ref(charge)
        fields = {"amount": to_minor(amount, currency), "notes": {"key": key}}
        with self._line.reading():
            refund = self._find_refund(charge, key) or self._api.payment.refund(
                charge, fields, headers={"X-Refund-Idempotency": key}
            )
            ref, status, is_same = parse_name(refund["id"]), refund["status"], refund["amount"] == fields["amount"]
        if not is_same:
            raise self._line.failure("has another refund with this key", for_good=True)
        if status == "failed":
            raise self._line.failure("reports a refund as failed", for_good=True)
        return ref

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Return the id of the order that a genuine callback is about. Raises: Unauthenticated("signature")."""
        content, signature = read_callback(body), find_header(headers, "X-Razorpay-Signature")
        try:
            self._api.utility.verify_webhook_signature(content, signature, self._webhook_secret)
        except (SignatureVerificationError, TypeError, ValueError):  # TypeError: a signature beyond ASCII
            raise Unauthenticated("signature") from None
        kind = (find_text(content, "event") or "").partition(".")[0]
        if kind == "payment":
            return find_text(content, "payload", "payment", "entity", "order_id")
        return find_text(content, "payload", "order", "entity", "id") if kind == "order" else None

    def _find_order(self, key: str) -> Any:
        """Return the order with this key, if there is one; Razorpay does not promise that receipts are unique."""
        orders = self._api.order.all({"receipt": key, "count": RAZORPAY_ITEMS_PER_PAGE})["items"]
        return next((found for found in orders if found["receipt"] == key), None)

    def _create_order(self, fields: dict[str, Any]) -> Any:
        """Create the order, or return the one that was created with its key a moment ago."""
        try:
            return self._api.order.create(fields)
        except GatewayFailed as failure:
            if failure.for_good and (found := self._find_order(fields["receipt"])):
                return found
            raise

    def _find_refund(self, charge: str, key: str) -> Any:
        refunds = self._api.payment.fetch_multiple_refund(charge, {"count": RAZORPAY_ITEMS_PER_PAGE})["items"]
        return next((found for found in refunds if _is_like(found["notes"] or {}, {"key": key})), None)


@dataclass(frozen=True, repr=False)
class _Session:
    """Our line in the place of the `requests.Session` of the SDK, which prints when the network fails."""

    line: ProviderLine
    credentials: str

    def get(self, url: str, *, params: Mapping[str, Any], headers: Mapping[str, str], **options: Any) -> _Response:
        return self._send("GET", f"{url}{'?' if params else ''}{urlencode(params)}", headers, None)

    def post(self, url: str, *, data: str, headers: Mapping[str, str], **options: Any) -> _Response:
        return self._send("POST", url, headers, data)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> _Response:
        authorized = {**headers, "Authorization": f"Basic {self.credentials}"}
        return _Response(*self.line.call(method, url, authorized, body))


@dataclass(frozen=True)
class _Response:
    """The part of a response that the SDK reads."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


def _is_like(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether amount, currency and key agree, as far as they are wanted."""
    return all(found.get(name) == wanted[name] for name in ("amount", "currency", "key") if name in wanted)
