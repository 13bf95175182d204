"""A platform that serves one made-up API over the cast, for tests of what an API may declare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from educore import FixedClock
from educore_web.app import compose
from educore_web.rest.operation import Operation
from educore_web.rest.spec import ApiSpec
from support.cast import World, create_cast
from support.web.client import Answer, AsgiConnection
from support.web.running_platform import disable_fsync, open_test_platform, sign_in_person


class MadeUpSite:
    """A running platform with one API at the root; requests name somebody of the cast, or nobody."""

    def __init__(self, folder: Path, spec: ApiSpec, operations: Sequence[Operation], **settings: Any) -> None:
        self.clock = FixedClock()
        url = f"sqlite:///{folder / 'school.db'}"
        self.platform = open_test_platform(url, folder / "files", self.clock, api=spec.name, **settings)
        disable_fsync(self.platform.database)
        self.platform.database.create_all()
        self.world: World = create_cast(self.platform.database.store, seal=self.platform.school.ports.seal)
        self.spec = spec
        self.app = compose(self.platform, apis={spec.name: (spec, operations)})
        self.wire = AsgiConnection(self.app)
        self.tokens: dict[str, str] = {}

    def send(
        self, name: str | None, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request as somebody of the cast, None for nobody: `send("dilshod", "GET", "/rooms/")`."""
        sent = dict(headers or {})
        if name is not None:
            if name not in self.tokens:
                self.tokens[name] = sign_in_person(self.platform.school, name).access
            sent["authorization"] = f"Bearer {self.tokens[name]}"
        content = None
        if body is not None:
            sent["content-type"], content = "application/json", json.dumps(body).encode()
        return self.wire.send(method, f"{self.spec.base}{path}", headers=sent, content=content)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        found: dict[str, Any] = self.wire.send("GET", "/openapi.json").json()
        return found

    def parameters(self, path: str, method: str = "get") -> dict[str, dict[str, Any]]:
        """Return the described parameters of an operation by name."""
        described = self.document()["paths"][f"{self.spec.base}{path}"][method]["parameters"]
        return {parameter["name"]: parameter for parameter in described}


@contextmanager
def made_up_site(folder: Path, spec: ApiSpec, operations: Sequence[Operation], **settings: Any) -> Iterator[MadeUpSite]:
    """Serve the API for the length of a block."""
    site = MadeUpSite(folder, spec, operations, **settings)
    try:
        yield site
    finally:
        site.wire.close()
        site.platform.database.close()
