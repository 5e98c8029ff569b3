"""The mail itself. It lies in mailboxes, on servers and on locked screens: it says nothing that is not always true."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override


def letter(address: str, *, by: BaseEmailBackend | None = None) -> EmailMessage:
    """One sentence and the desk's address, in the institution's language: the same bytes whatever waits.

    The number of the message has a length of its own choosing, and names the sender's domain in place of this machine.
    """
    with override(settings.LANGUAGE_CODE):
        subject = _("Your desk")
        body = f"{_('Please look at your desk today.')}\n\n{settings.DESK_URL.rstrip('/')}{reverse('desk')}\n"
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ")
    headers = {"Message-ID": f"<{secrets.token_hex(16)}@{domain}>"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers, connection=by)
