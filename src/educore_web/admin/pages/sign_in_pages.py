"""The pages to sign in and to sign out."""

from __future__ import annotations

from typing import cast

from sqladmin.authentication import login_required
from starlette.requests import Request
from starlette.responses import Response

from educore import EducoreError, Problem
from educore_web.admin.frame import Frame
from educore_web.admin.security.csrf import RESUMED, belongs_to_user, require_token
from educore_web.admin.statuses import error_status, retry_headers
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.pending_forms import PendingForm
from educore_web.admin.ui.problems import error_message, problem_message


async def log_in(frame: Frame, request: Request) -> Response:
    """Show the sign-in page, and sign in on POST."""
    notice, status, headers = request.session.pop("notice", None), 200, {}
    message, pending = problem_message(Problem(notice)) if notice else None, None
    if request.method == "POST":
        pending = PendingForm.read(await request.form(), frame.base_url)
        try:
            signed_in = cast(Response, await frame.sign_in.login(request))
            return await _resume(frame, request, pending) if pending else signed_in
        except EducoreError as error:
            status, headers = error_status(error), retry_headers(error)
            message = error_message(error)
    username = (await request.form()).get("username", "") if status != 200 else ""
    context = {"error": message, "username": username, "pending": pending}
    response = await frame.render(request, "login.html", context, status)
    response.headers.update(headers)
    return response


async def _resume(frame: Frame, request: Request, pending: PendingForm) -> Response:
    """Show the form that was sent before the new sign-in for review, but only to the user who filled it in."""
    if pending.fields and belongs_to_user(request.state.user_id, pending.token):
        return await frame.render(request, "resume.html", {"pending": pending, "resumed": RESUMED})
    if pending.fields:
        frame.flash(request, translate("unsent.other"), "warning")
    return frame.redirect_to(request, "index")


@login_required
async def log_out(frame: Frame, request: Request) -> Response:
    """End the sign-in."""
    require_token(request, await request.form())
    return cast(Response, await frame.sign_in.logout(request))
