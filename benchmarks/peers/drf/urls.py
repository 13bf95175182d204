"""The addresses of the Center CRM document."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from benchmarks.peers.drf.views import BulkMark, GroupStatistics, Students

router = SimpleRouter(use_regex_path=False)
router.register("students", Students, basename="student")

routes = [
    *router.urls,
    path("attendance/bulk-mark/", BulkMark.as_view()),
    path("groups/<int:pk>/statistics/", GroupStatistics.as_view()),
]
urlpatterns = [path("center-crm/api/", include(routes))]
