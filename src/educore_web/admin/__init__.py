"""The admin: SQLAdmin screens over the domain, scoped by its policies and written through its use cases."""

from educore_web.admin.site import create_admin

__all__ = ["create_admin"]
