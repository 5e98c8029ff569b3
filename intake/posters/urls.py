"""Addresses of the posters room, below /desk/posters/."""

from django.urls import path

from intake.posters import views

app_name = "posters"
urlpatterns = [
    path("", views.posters, name="list"),
    path("<str:language>/<slug:kind>/", views.paper, name="paper"),
    path("<str:language>/code/<slug:door>.svg", views.code, name="code"),
]
