"""Addresses of protection, below /desk/protection/."""

from django.urls import path

from cases.protection import views

app_name = "protection_desk"
urlpatterns = [
    path("", views.detriment_list, name="list"),
    path("<str:reference>/", views.detriment, name="detriment"),
]
