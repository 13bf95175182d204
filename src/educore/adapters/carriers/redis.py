"""The carrier over Redis, for platforms of many servers. It needs `educore[redis]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from educore.adapters.carriers.broker import CHANNEL, BrokerCarrier, Connection
from educore.extras import needs_extra

with needs_extra("redis"):
    import redis

TIMEOUT_SECONDS = 5


class RedisCarrier(BrokerCarrier):
    """Publishes wakes on one channel: `RedisCarrier("redis://:password@host:6379/0")`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def _connect(self, *, listens: bool) -> Connection:
        client = redis.Redis.from_url(
            self._url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, decode_responses=True
        )
        return RedisConnection(client, listens=listens)


class RedisConnection:
    """A client with at most one connection, and its subscription if it listens."""

    def __init__(self, client: Any, *, listens: bool) -> None:
        self._client = client
        self._subscription = client.pubsub(ignore_subscribe_messages=True) if listens else None
        if self._subscription is not None:
            self._subscription.subscribe(CHANNEL)
            self._subscription.get_message(timeout=TIMEOUT_SECONDS)
        else:
            client.ping()

    def send(self, wakes: Sequence[str]) -> None:
        """Publish the wakes in one round trip."""
        with self._client.pipeline(transaction=False) as pipeline:
            for wake in wakes:
                pipeline.publish(CHANNEL, wake)
            pipeline.execute()

    def receive(self, seconds: float) -> Sequence[str]:
        """Return the next wake, if one arrives in time."""
        message = self._subscription and self._subscription.get_message(timeout=seconds)
        return [message["data"]] if message else []

    def close(self) -> None:
        """Close the subscription and the client."""
        if self._subscription is not None:
            self._subscription.close()
        self._client.close()
