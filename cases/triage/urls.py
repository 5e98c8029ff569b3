"""Addresses of triage, below /desk/."""

from django.urls import path

from cases.triage import views

app_name = "triage"
urlpatterns = [
    path("reports/", views.report_list, name="list"),
    path("reports/<str:reference>/", views.report_page, name="report"),
    path("reports/<str:reference>/files/<int:pk>/", views.attachment, name="attachment"),
    path("reports/<str:reference>/<slug:name>/", views.report_transition, name="transition"),
    path("cases/<str:reference>/report-files/<int:pk>/", views.case_attachment, name="case_attachment"),
]
