"""Addresses of the API of reports at the desk, below /api/v1/desk/."""

from django.urls import path

from cases.triage import api

app_name = "triage_api"
urlpatterns = [
    path("reports/", api.ReportList.as_view(), name="list"),
    path("reports/<str:reference>/", api.ReportFileView.as_view(), name="file"),
    path("reports/<str:reference>/transitions/<slug:name>/", api.ReportTransition.as_view(), name="transition"),
]
