"""Addresses of the summary, below /desk/summary/."""

from django.urls import path

from cases.statistics import views

app_name = "statistics"
urlpatterns = [
    path("", views.summary, name="summary"),
    path("summary.csv", views.as_csv, name="csv"),
]
