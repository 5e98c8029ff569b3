"""Addresses of the appeals room, below /desk/."""

from django.urls import path

from cases.appeals import views

app_name = "appeals"
urlpatterns = [path("appeals/<str:reference>/record/", views.transmitted_record, name="record")]
