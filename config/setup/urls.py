"""Addresses of the set-up's page, below /desk/setup/."""

from django.urls import path

from config.setup import views

app_name = "setup"
urlpatterns = [
    path("", views.open_list, name="open"),
    path("<slug:question>/", views.confirm, name="confirm"),
]
