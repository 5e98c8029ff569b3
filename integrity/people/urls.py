"""Addresses of the people room, below /desk/. The desk's own front page belongs to the floor above."""

from django.urls import path

from integrity.people import views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("people/", views.people, name="people"),
]
