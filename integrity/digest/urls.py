"""Addresses of the digest room, below /desk/."""

from django.urls import path

from integrity.digest import views

app_name = "digest"
urlpatterns = [path("me/mail/", views.mine, name="mine")]
