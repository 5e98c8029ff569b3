"""Addresses of the entry room, below /desk/entry/."""

from django.urls import path

from intake.entry import import_views, views

app_name = "entry"
urlpatterns = [
    path("", views.enter, name="enter"),
    path("drafts/<uuid:draft>/", views.go_on, name="go_on"),
    path("drafts/<uuid:draft>/throw-away/", views.throw_away, name="throw_away"),
    path("slip/", views.slip, name="slip"),
    path("handed-over/", views.handed_over, name="handed_over"),
    path("import/", import_views.import_reports, name="import"),
    path("import/reports.csv", import_views.template, name="import_template"),
]
