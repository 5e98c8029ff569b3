"""Addresses of the API of published decisions, below /api/v1/."""

from django.urls import path

from cases.publication.api import PublishedDecisions

app_name = "publication_api"
urlpatterns = [path("decisions/", PublishedDecisions.as_view(), name="decisions")]
