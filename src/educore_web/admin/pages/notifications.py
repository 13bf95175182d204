"""The button that marks all of the user's notifications as read."""

from __future__ import annotations

from anyio import to_thread
from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore.messaging import Notification, mark_all_read
from educore_web.admin.frame import Frame
from educore_web.admin.security.csrf import require_token
from educore_web.admin.security.current_user import current_actor
from educore_web.admin.ui.language import translate


@login_required
async def mark_all(frame: Frame, request: Request) -> Response:
    """Mark all of the user's notifications as read."""
    view = frame.view_for(Notification, "update")
    require_token(request, await request.form())

    def mark() -> int:
        with frame.school.work(current_actor()) as uow:
            return mark_all_read(uow)

    frame.flash(request, translate("said.read", count=await to_thread.run_sync(mark)))
    return frame.redirect_to_list(request, view)
