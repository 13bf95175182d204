"""localstripe in a process of its own, as `python -m support.gateways.localstripe_server` or by `running_localstripe`.

It gets a free port, keeps its data in memory, and learns two fields of a PaymentIntent that it lacks: `description`
and `amount_received`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

TESTS = Path(__file__).parents[2]


@contextmanager
def running_localstripe() -> Iterator[str]:
    """Run the server, and give its address."""
    command = [sys.executable, "-m", "support.gateways.localstripe_server"]
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"  # type: ignore[union-attr]
        finally:
            process.kill()


class LocalstripePayer:
    """The payers and the dashboard of localstripe."""

    def __init__(self, url: str, key: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/v1/payment_intents", auth=(key, ""), trust_env=False)

    def pay(self, ref: str) -> None:
        """Pay with a card that is accepted."""
        assert self._confirm(ref, "pm_card_visa") == 200

    def decline(self, ref: str) -> None:
        """Try to pay with a card that is declined."""
        assert self._confirm(ref, "pm_card_chargeCustomerFail") == 402

    def cancel(self, ref: str) -> None:
        """Cancel an intent."""
        assert self._client.post(f"/{ref}/cancel").status_code == 200

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _confirm(self, ref: str, payment_method: str) -> int:
        assert self._client.post(f"/{ref}", data={"payment_method": payment_method}).status_code == 200
        return self._client.post(f"/{ref}/confirm").status_code


def serve() -> None:
    """Serve localstripe on a free port, and print it when connections are accepted."""
    from aiohttp import web
    from localstripe import resources, server

    open_intent = resources.PaymentIntent.__init__

    def open_described(intent: Any, description: str | None = None, **fields: Any) -> None:
        open_intent(intent, **fields)
        intent.description = description

    def amount_received(intent: Any) -> int:
        return int(intent.amount) if intent.status == "succeeded" else 0

    resources.PaymentIntent.__init__ = open_described
    resources.PaymentIntent.amount_received = property(amount_received)
    resources.Store.dump_to_disk = lambda store: None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)  # noqa: T201 - read by `running_localstripe`
        web.run_app(server.app, sock=listener, print=None)


if __name__ == "__main__":
    serve()
