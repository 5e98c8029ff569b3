from django.urls import path

from audit.console import disclosing, overviews, past, verification, views

app_name = "audit_console"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("health/", overviews.health, name="health"),
    path("health/verify/", verification.verify_now, name="verify"),
    path("epochs/", past.epochs, name="epochs"),
    path("epochs/<int:number>/", past.entries, name="past"),
    path("epochs/<int:number>/entries/<int:index>/", past.entry, name="past_entry"),
    path("epochs/<int:number>/entries/<int:index>/leaf", past.leaf, name="past_leaf"),
    path("epochs/<int:number>/entries/<int:index>/proof", past.proof, name="past_proof"),
    path("patterns/", overviews.unusual, name="patterns"),
    path("selection/", overviews.selection, name="selection"),
    path("timeline/", overviews.timeline, name="timeline"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("tile/entries/<path:number>", views.bundle, name="bundle"),
    path("entries/<int:index>/", views.entry, name="entry"),
    path("entries/<int:index>/leaf", views.leaf, name="leaf"),
    path("entries/<int:index>/private", disclosing.disclose, name="disclose"),
    path("entries/<int:index>/private/erase", disclosing.erase, name="erase"),
    path("entries/<int:index>/proof", views.proof, name="proof"),
]
