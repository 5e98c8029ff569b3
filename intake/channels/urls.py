"""Addresses of the channels room, below /desk/channels/."""

from django.urls import path

from intake.channels import building, preview, views

app_name = "channels"
urlpatterns = [
    path("", views.channels, name="list"),
    path("new/", views.add, name="add"),
    path("<slug:code>/", views.channel, name="channel"),
    path("<slug:code>/change/", views.change, name="change"),
    path("<slug:code>/compare/", views.compare, name="compare"),
    path("<slug:code>/versions/<int:version>/", preview.preview, name="version"),
    path("<slug:code>/draft/", views.draft, name="draft"),
    path("<slug:code>/questions/", building.questions, name="questions"),
    path("<slug:code>/questions/add/", building.add_question, name="add_question"),
    path("<slug:code>/questions/preview/", preview.preview, name="preview"),
    path("<slug:code>/questions/publish/", building.publish, name="publish"),
    path("<slug:code>/questions/discard/", building.discard, name="discard"),
    path("<slug:code>/questions/of/<slug:name>/", building.change_question, name="change_question"),
    path("<slug:code>/questions/of/<slug:name>/move/", building.move_question, name="move_question"),
    path("<slug:code>/questions/of/<slug:name>/remove/", building.remove_question, name="remove_question"),
]
