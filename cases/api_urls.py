"""Addresses of the API of cases, below /api/v1/."""

from django.urls import path

from cases import api

app_name = "cases_api"
urlpatterns = [
    path("cases/", api.CaseList.as_view(), name="list"),
    path("cases/<str:reference>/", api.CaseFileView.as_view(), name="file"),
    path("cases/<str:reference>/transitions/<slug:name>/", api.CaseTransition.as_view(), name="transition"),
]
