"""Addresses of the API for reporting persons, below /api/v1/."""

from django.urls import path

from intake.api import views

app_name = "intake_api"
urlpatterns = [
    path("reports/", views.Reports.as_view(), name="reports"),
    path("inbox/", views.Inbox.as_view(), name="inbox"),
    path("inbox/messages/", views.Messages.as_view(), name="messages"),
    path("inbox/files/<int:number>/", views.Files.as_view(), name="files"),
]
