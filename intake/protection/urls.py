"""Addresses of this room, below inbox/; everything is reached by a form."""

from django.urls import path

from intake.protection import views

app_name = "protection"
urlpatterns = [
    path("worse/", views.worse, name="worse"),
    path("worse/send/", views.report, name="report"),
    path("worse/write/", views.write, name="write"),
]
