"""The demonstration shows a request for an identity that waits, one that was released, and two reports of detriment."""

from __future__ import annotations

import pytest

from audit.log.signer import create_log_key
from cases.consistency import differences
from cases.identities.actions import read_identity
from cases.identities.models import IdentityRequest
from config.demonstration.build import build
from config.demonstration.identities import RELEASED, WAITS
from intake.protection.models import Detriment

pytestmark = pytest.mark.django_db


def test_one_waits_for_the_custodian_and_one_is_released(settings) -> None:
    create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    life = build(say=lambda _line: None, matters=(WAITS, RELEASED))
    states = dict(IdentityRequest.objects.values_list("state", "requester__username"))
    assert set(states) == {"asked", "released"}
    request = IdentityRequest.objects.get(state="released")
    assert "quiet.reader" in read_identity(actor=life.institution.actor(states["released"]), request=request)
    assert set(Detriment.objects.values_list("state", flat=True)) == {"acting", "open"}
    assert differences() == []
