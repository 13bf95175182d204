"""Django settings, limited to the needs of an API."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from sqlalchemy import make_url

SECRET_KEY = os.environ["BENCH_SECRET"]
ALLOWED_HOSTS = ["*"]
DEBUG = False
ROOT_URLCONF = "benchmarks.peers.drf.urls"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "benchmarks.peers.drf"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
AUTH_USER_MODEL = "drf.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if os.environ.get("BENCH_HASHER") == "argon2":  # or else Django's own, as in most apps
    PASSWORD_HASHERS = ["benchmarks.peers.drf.accounts.SameCost"]


def _database(address: str) -> dict[str, Any]:
    """One open connection for each thread. SQLite has the same options as in educore."""
    url = make_url(address)
    kept: dict[str, Any] = {"CONN_MAX_AGE": None}
    if url.get_backend_name() == "sqlite":
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        options = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": pragmas}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database, "OPTIONS": options, **kept}
    where = {"HOST": url.query.get("host", url.host), "USER": url.username, "PASSWORD": url.password}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": url.database, **where, **kept}


DATABASES = {"default": _database(os.environ["BENCH_DATABASE"])}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["benchmarks.peers.drf.accounts.SignedIn"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "benchmarks.peers.drf.pages.Pages",
    "EXCEPTION_HANDLER": "benchmarks.peers.drf.pages.refuse",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%SZ",
}
SIMPLE_JWT = {
    "SIGNING_KEY": SECRET_KEY,
    "TOKEN_TYPE_CLAIM": "typ",
    "USER_ID_CLAIM": "sub",
    "ACCESS_TOKEN_LIFETIME": timedelta(days=1),
}
