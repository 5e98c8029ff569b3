"""Ways in: each channel has its own recipients."""

from django.conf import settings
from django.db import models


class Channel(models.Model):
    """A way in. `independent` marks the one for reports about the leadership or the integrity office itself."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    independent = models.BooleanField(default=False)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="channels", blank=True)

    declared_public = {
        "code": "shown to everybody on the portal",
        "name": "shown to everybody on the portal",
    }

    class Meta:
        ordering = ["independent", "name"]

    def __str__(self) -> str:
        return self.name
