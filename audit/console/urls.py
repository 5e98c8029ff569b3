from django.urls import path

from audit.console import overviews, views

app_name = "audit_console"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("health/", overviews.health, name="health"),
    path("patterns/", overviews.unusual, name="patterns"),
    path("selection/", overviews.selection, name="selection"),
    path("timeline/", overviews.timeline, name="timeline"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/entries/<path:number>", views.bundle, name="bundle"),
    path("entries/<int:index>/", views.entry, name="entry"),
    path("entries/<int:index>/leaf", views.leaf, name="leaf"),
    path("entries/<int:index>/proof", views.proof, name="proof"),
]
