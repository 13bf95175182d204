"""Live messages: sockets that are woken, and then read rows as their receiver.

`stream` is what an API declares, `server` takes connections, `hub` brings them what is new.
"""

from educore_web.live.server import LiveServer
from educore_web.live.stream import Frames, LiveStream

__all__ = ["Frames", "LiveServer", "LiveStream"]
