"""Addresses of the API for reporting persons, below /api/v1/."""

from django.urls import path

from intake.api import end_views, following_views, views

app_name = "intake_api"
urlpatterns = [
    path("channels/", views.Channels.as_view(), name="channels"),
    path("reports/", views.Reports.as_view(), name="reports"),
    path("inbox/", views.Inbox.as_view(), name="inbox"),
    path("inbox/messages/", views.Messages.as_view(), name="messages"),
    path("inbox/questions/<int:number>/", following_views.Questions.as_view(), name="questions"),
    path("inbox/review/", following_views.Review.as_view(), name="review"),
    path("inbox/detriments/", following_views.Detriments.as_view(), name="detriments"),
    path(
        "inbox/detriments/<str:reference>/messages/",
        following_views.DetrimentMessages.as_view(),
        name="detriment_messages",
    ),
    path("inbox/transcripts/<int:number>/", end_views.Transcripts.as_view(), name="transcripts"),
    path("inbox/survey/", end_views.Survey.as_view(), name="survey"),
    path("inbox/give-up/", end_views.Leave.as_view(), name="leave"),
    path("inbox/files/<int:number>/", views.Files.as_view(), name="files"),
]
