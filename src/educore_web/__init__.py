"""REST APIs and an admin over `educore`, served by Litestar and SQLAdmin. Needs `educore[web]`."""

from educore.extras import require_packages

WEB_PACKAGES = (
    *("PIL", "anyio", "babel", "click", "filetype", "fpdf", "icalendar", "jinja2", "litestar", "msgspec"),
    *("pydantic_settings", "python_multipart", "rich", "sqladmin", "sqlalchemy", "starlette", "uvicorn"),
)
"""The packages of `educore[web]` that are imported here; none is imported before it is needed."""

require_packages("web", *WEB_PACKAGES)
