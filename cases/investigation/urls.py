"""Addresses of the investigation, below /desk/: documents to read and print, and files to take a copy of."""

from django.urls import path

from cases.investigation import views
from cases.investigation.file_views import EVIDENCE_FILES

app_name = "investigation"
urlpatterns = [
    path("investigation/<str:reference>/plan/<int:version>/", views.plan, name="plan"),
    path("investigation/<str:reference>/evidence/", views.evidence, name="evidence"),
    *EVIDENCE_FILES.paths("investigation/<str:reference>/evidence/<int:number>/copy/"),
    path("investigation/<str:reference>/interviews/<int:number>/", views.interview, name="interview"),
    path("investigation/<str:reference>/interviews/<int:number>/recording/", views.recording, name="recording"),
    path("investigation/<str:reference>/notes/", views.notes, name="notes"),
    path("investigation/<str:reference>/findings/<int:number>/", views.findings, name="findings"),
]
