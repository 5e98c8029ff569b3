"""Addresses of the programme room, below /desk/."""

from django.urls import path

from integrity.programme import views

app_name = "programme"
urlpatterns = [
    path("code/", views.code, name="code"),
    path("programme/", views.overview, name="overview"),
]
