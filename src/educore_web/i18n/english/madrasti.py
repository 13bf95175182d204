"""Sentences that the Madrasti document prints, most of them for errors."""

from __future__ import annotations

MADRASTI: dict[str, str] = {
    "validation_error": "Validation failed",
    "invalid_credentials": "Invalid credentials",
    "invalid_credentials.email": "User with this email does not exist",
    "invalid_credentials.password": "Incorrect password",
    "authentication_required": "Authentication required",
    "permission_denied": "You don't have permission to perform this action",
    "resource_not_found": "Resource not found",
    "method_not_allowed": "Method not allowed",
    "precondition_failed": "Precondition failed",
    "request_too_large": "Request too large",
    "unsupported_media_type": "Unsupported media type",
    "rate_limit_exceeded": "Rate limit exceeded",
    "internal_error": "Internal server error",
    "service_unavailable": "Service unavailable",
    "try_again_later": "An unexpected error occurred. Please try again later.",
    "no_such_row": "{resource} with ID {id} does not exist",
    "token_expired": "Token has expired",
    "date": "Invalid date format.",
    "enum": "Must be one of: {words}.",
    "window.hour": "1 hour",
    "window.minutes": "{minutes} minutes",
    "flag_dismissed": "Absence flag has been dismissed",
    "deleted": "Resource has been successfully deleted",
    "password_changed": "Password changed successfully",
    "signed_out": "Signed out",
    "reset_asked": "If an account exists for this email, a reset link has been sent",
    "password_reset": "Password has been reset",
}
