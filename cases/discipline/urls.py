"""Addresses of the discipline room, below /desk/."""

from django.urls import path

from cases.discipline import views

app_name = "discipline"
urlpatterns = [
    path("cases/<str:reference>/discipline/file/<uuid:identifier>/", views.file, name="file"),
    *(
        path(
            f"cases/<str:reference>/discipline/{kind.value}/<uuid:identifier>/",
            views.document,
            {"kind": kind.value},
            name=kind.value,
        )
        for kind in views.PAGES
    ),
]
