"""A part of a report's file is fetched without the rest, as a browser does for a film."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.desk import at_desk, entries
from tests.walks.investigation import upload
from tests.walks.portal import send_report
from tests.world import World

CONTENT = bytes(range(256)) * 400


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [("bytes=70000-70099", 206, slice(70000, 70100)), ("bytes=-10", 206, slice(-10, None)), ("", 200, slice(None))],
)
def test_a_part_is_sent_when_a_part_is_asked_for(world: World, asked: str, status: int, part: slice) -> None:
    report, _receipt = send_report(world, files=[upload(CONTENT, "film.bin")])
    address = reverse("triage:attachment", args=[report.reference, report.attachments.get().pk])
    answer = at_desk("intake").get(address, headers={"Range": asked})
    assert (answer.status_code, b"".join(answer.streaming_content)) == (status, CONTENT[part])
    assert entries("report.file_opened")


def test_a_part_behind_the_end_is_refused(world: World) -> None:
    report, _receipt = send_report(world, files=[upload(CONTENT, "film.bin")])
    address = reverse("triage:attachment", args=[report.reference, report.attachments.get().pk])
    assert at_desk("intake").get(address, headers={"Range": "bytes=999999-"}).status_code == 416
