"""Addresses of requests for identities, below /desk/identities/."""

from django.urls import path

from cases.identities import views

app_name = "identities"
urlpatterns = [
    path("", views.request_list, name="list"),
    path("ask/report/<str:reference>/", views.ask_from_report, name="ask_from_report"),
    path("ask/case/<str:reference>/", views.ask_from_case, name="ask_from_case"),
    path("<str:reference>/", views.request_page, name="request"),
    path("<str:reference>/<slug:name>/", views.step_page, name="step"),
]
