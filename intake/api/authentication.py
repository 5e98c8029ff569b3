"""`Authorization: Receipt 1234 5678 …`: the receipt with each request, and nothing kept between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from intake.portal import crowding
from intake.portal.actions import find_report
from intake.portal.receipt import NotAReceipt, Receipt, ReporterSecret
from intake.portal.sittings import OpenInbox
from integrity.vault.keyring import Keyring

SCHEME: Final = "Receipt"


@dataclass(frozen=True)
class ReportingPerson:
    """Who sent a report, known by the receipt alone; `inbox` is what it opens."""

    inbox: OpenInbox
    is_authenticated: bool = True


class ReceiptAuthentication(BaseAuthentication):
    """Finds the report of a receipt; one Argon2id call, whether it is right or wrong.

    Raises AuthenticationFailed with one sentence for every receipt that opens nothing; Crowded when too many came.
    """

    def authenticate(self, request: Request) -> tuple[ReportingPerson, OpenInbox] | None:
        """The reporting person, or None when the request has no receipt."""
        scheme, _space, digits = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            receipt = Receipt.parse(digits)
        except NotAReceipt as error:
            raise AuthenticationFailed(error.sentence) from error
        # Whatever is asked with it, a wrong receipt is a guess.
        with crowding.in_turn(request, sends=True):
            secret = ReporterSecret.of(receipt)
        report = find_report(secret)
        if report is None:
            raise AuthenticationFailed(_("No report opens with this receipt."))
        inbox = OpenInbox(report=report, keyring=Keyring(report.reporter_key, secret.private))
        return ReportingPerson(inbox=inbox), inbox

    def authenticate_header(self, request: Request) -> str:
        """For `WWW-Authenticate`, so that a missing receipt is answered by 401."""
        return SCHEME


class HasReceipt(BasePermission):
    """Only for whoever sent a receipt that opens a report."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether there is a reporting person."""
        return isinstance(request.user, ReportingPerson)
