"""Payments by card through Stripe; needs `educore[payments]`."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

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
    IntentState,
    OpenedIntent,
    SeenIntent,
    check_key,
    from_minor,
    has_minor_units,
    to_minor,
)

with needs_extra("payments"):
    import stripe

STRIPE_REFUNDS_PER_PAGE = 100
"""The refunds of one payment that are looked at; Stripe lists no more at once."""


class StripeGateway:
    """Takes money through one account of Stripe.

    `key` is the secret key of the account and `webhook_secret` that of the endpoint of its callbacks. `timeout` is the
    number of seconds for one call. Stripe forgets keys of calls after a day; a refund is therefore looked for before
    it is made, while an intent that is opened again much later is a second one, which nobody pays.
    Raises: ValueError if a secret is empty.
    """

    def __init__(
        self,
        key: str,
        *,
        webhook_secret: str,
        url: str = "https://api.stripe.com",
        timeout: float = 20,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        require_secrets(key, webhook_secret)
        self._line = ProviderLine("Stripe", timeout, secrets=(key, webhook_secret), trust=trust)
        self._webhook_secret = webhook_secret
        self._api = stripe.StripeClient(
            key, base_addresses={"api": url}, http_client=_Transport(self._line), max_network_retries=0
        ).v1
        logging.getLogger("stripe").addFilter(_hide_records)

    def takes(self, currency: str) -> bool:
        """Return whether all providers count the currency in the same unit; Stripe itself may still refuse it."""
        return has_minor_units(currency)

    def open(self, *, amount: Decimal, currency: str, key: str, about: str) -> OpenedIntent:
        """Create a PaymentIntent for cards. Raises: GatewayFailed, Invalid."""
        check_key(key)
        fields = {
            "amount": to_minor(amount, currency),
            "currency": currency.lower(),
            "description": about,
            "metadata": {"key": key},
            "payment_method_types": ["card"],
        }
        with self._line.reading():
            intent = self._api.payment_intents.create(fields, {"idempotency_key": key})
            return OpenedIntent(parse_name(intent.id), parse_name(intent.client_secret))

    def look(self, ref: str) -> SeenIntent:
        """Return the PaymentIntent. Raises: GatewayFailed."""
        self._line.check_ref(ref)
        with self._line.reading():
            intent = self._api.payment_intents.retrieve(ref)
            state = _state(intent)
            charge, received = None, Decimal(0)
            if state is IntentState.PAID:
                latest = intent.latest_charge
                charge = parse_name(latest if isinstance(latest, str) else latest.id)
                received = from_minor(intent.amount_received, intent.currency.upper())
            return SeenIntent(state, received, charge, parse_name(intent.client_secret))

    def refund(self, *, charge: str, amount: Decimal, currency: str, key: str) -> str:
        """Create a Refund, unless there is one with this key. Raises: GatewayFailed, Invalid."""
        check_key(key)
        self._line.check_ref(charge)
        count = to_minor(amount, currency)
        with self._line.reading():
            refund = self._find_refund(charge, key) or self._api.refunds.create(
                {"charge": charge, "amount": count, "metadata": {"key": key}}, {"idempotency_key": key}
            )
            ref, status, is_same = parse_name(refund.id), refund.status, refund.amount == count
        if not is_same:
            raise self._line.failure("has another refund with this key", for_good=True)
        if status in ("failed", "canceled"):
            raise self._line.failure(f"reports a refund as {status}", for_good=True)
        return ref

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Return the id of the PaymentIntent that a genuine event is about. Raises: Unauthenticated("signature")."""
        content = read_callback(body)
        try:
            stripe.WebhookSignature.verify_header(
                content,
                find_header(headers, "Stripe-Signature"),
                self._webhook_secret,
                stripe.Webhook.DEFAULT_TOLERANCE,
            )
        except (stripe.SignatureVerificationError, TypeError, ValueError):  # TypeError: a signature beyond ASCII
            raise Unauthenticated("signature") from None
        is_ours = (find_text(content, "type") or "").startswith("payment_intent.")
        return find_text(content, "data", "object", "id") if is_ours else None

    def _find_refund(self, charge: str, key: str) -> Any:
        refunds = self._api.refunds.list({"charge": charge, "limit": STRIPE_REFUNDS_PER_PAGE})
        return next(
            (found for found in refunds.data if found.metadata and found.metadata.to_dict().get("key") == key), None
        )


class _Transport(stripe.HTTPClient):  # type: ignore[misc]
    """Our line in place of the transports of the SDK."""

    name = "educore"

    def __init__(self, line: ProviderLine) -> None:
        super().__init__()
        self._line = line

    def request(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        status, content = self._line.call(method.upper(), url, headers, post_data)
        return content, status, {}


def _state(intent: Any) -> IntentState:
    if intent.status == "succeeded":
        return IntentState.PAID
    if intent.status == "canceled":
        return IntentState.CANCELLED
    if intent.status == "requires_payment_method" and intent.last_payment_error is not None:
        return IntentState.FAILED
    return IntentState.OPEN


def _hide_records(record: logging.LogRecord) -> bool:
    """Drop the records of the SDK: they quote whole answers, with the client secrets in them."""
    return record.levelno > logging.INFO
