"""Addresses of the clients room, below /desk/clients/."""

from django.urls import path

from intake.clients import views

app_name = "clients"
urlpatterns = [
    path("", views.clients, name="list"),
    path("new/", views.add, name="add"),
    path("<uuid:client>/end/", views.end, name="end"),
]
