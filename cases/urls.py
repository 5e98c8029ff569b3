"""Addresses of cases, below /desk/."""

from django.urls import path

from cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.case_list, name="list"),
    path("cases/<str:reference>/", views.case_file, name="file"),
    path("cases/<str:reference>/<slug:name>/", views.case_transition, name="transition"),
]
