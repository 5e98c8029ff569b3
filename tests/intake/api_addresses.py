"""The API where it is mounted, and its description."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("desk/", include("integrity.people.urls")),
    path("api/v1/", include("intake.api.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(permission_classes=[])),
]
