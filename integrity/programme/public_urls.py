"""Addresses of the code of conduct for everybody, below /code/."""

from django.urls import path

from integrity.programme import views

app_name = "public_programme"
urlpatterns = [path("", views.public_code, name="code")]
