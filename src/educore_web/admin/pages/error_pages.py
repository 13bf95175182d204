"""The pages for requests that no other page can answer."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from educore import EducoreError, Invalid, Problem, Unauthenticated
from educore_web.admin.frame import Frame
from educore_web.admin.security.csrf import InvalidToken
from educore_web.admin.security.sign_in import SignInRequired
from educore_web.admin.statuses import error_status, retry_headers
from educore_web.admin.ui.language import translate
from educore_web.admin.ui.pending_forms import PendingForm
from educore_web.admin.ui.problems import error_message, problem_message

EXPLAINED_STATUSES = (400, 403, 404, 405, 413)


async def show_status(frame: Frame, request: Request, error: Exception) -> Response:
    """Show the page of an HTTP status."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = translate(f"status.{status}") if status in EXPLAINED_STATUSES else translate("status.500")
    if isinstance(error, InvalidToken):
        status, message = 403, translate("unsent.unknown")
    return await frame.render(request, "error.html", {"status": status, "message": message}, status)


async def ask_to_sign_in(frame: Frame, request: Request, error: Exception) -> Response:
    """Answer a form sent after the sign-in has ended with the sign-in page, which carries the answers of the form."""
    code = error.code if isinstance(error, SignInRequired) else ""
    pending = await PendingForm.of(request)
    is_explained = code not in ("", Unauthenticated.code)
    message = problem_message(Problem(code)) if is_explained else translate("login.ended")
    context = {"error": message, "username": "", "pending": pending}
    return await frame.render(request, "login.html", context, 401)


async def show_refusal(frame: Frame, request: Request, error: Exception) -> Response:
    """Show the page of a domain error that no form could show."""
    if not isinstance(error, EducoreError):
        raise error
    status = 400 if isinstance(error, Invalid) else error_status(error)
    context = {"status": status, "message": error_message(error)}
    response = await frame.render(request, "error.html", context, status)
    response.headers.update(retry_headers(error))
    return response


async def show_failure(frame: Frame, request: Request, error: Exception) -> Response:
    """Show the page of an unexpected error; the server's log has the traceback."""
    context = {"status": 500, "message": problem_message(Problem("internal"))}
    return await frame.render(request, "error.html", context, 500)


async def answer_disconnected(request: Request, error: Exception) -> Response:
    """Return an empty answer: the client disconnected before its request had arrived."""
    return Response(status_code=400)
