"""Addresses of triage, below /desk/."""

from django.urls import path

from cases.triage import views
from cases.triage.file_views import CASE_REPORT_FILES, REPORT_FILES

app_name = "triage"
urlpatterns = [
    path("reports/", views.report_list, name="list"),
    path("reports/<str:reference>/", views.report_page, name="report"),
    path("reports/<str:reference>/not-spam/", views.not_spam, name="not_spam"),
    *REPORT_FILES.paths("reports/<str:reference>/files/<int:pk>/"),
    path("reports/<str:reference>/<slug:name>/", views.report_transition, name="transition"),
    *CASE_REPORT_FILES.paths("cases/<str:reference>/report-files/<int:pk>/"),
]
