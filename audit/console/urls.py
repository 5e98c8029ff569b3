from django.urls import path

from audit.console import views

app_name = "audit_console"
urlpatterns = [
    path("", views.entries, name="entries"),
    path("checkpoint", views.checkpoint, name="checkpoint"),
    path("entries/<int:index>/", views.entry, name="entry"),
    path("entries/<int:index>/leaf", views.leaf, name="leaf"),
    path("entries/<int:index>/proof", views.proof, name="proof"),
]
