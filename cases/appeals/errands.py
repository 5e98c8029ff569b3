"""What follows an appeal's end."""

from cases.appeals.actions import CONFIRM, confirm_finality
from integrity.outbox.actions import errand


@errand(CONFIRM)
def confirm(case: str) -> None:
    """Let one case become final."""
    confirm_finality(case)
