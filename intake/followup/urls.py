"""Addresses of this room, below inbox/; everything is reached by a form."""

from django.urls import path

from intake.followup import end_views, views

app_name = "followup"
urlpatterns = [
    path("questions/", views.answer, name="answer"),
    path("review/", views.review, name="review"),
    path("review/send/", views.request_review, name="request_review"),
    path("transcript/", end_views.transcript, name="transcript"),
    path("transcript/send/", end_views.answer_transcript, name="answer_transcript"),
    path("survey/", end_views.take_survey, name="survey"),
    path("give-up/", end_views.leave, name="leave"),
]
