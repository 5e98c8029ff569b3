"""What must be there before anything is served: folders, keys, tables, static files, the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from audit.log.signer import create_log_key
from config.demonstration.people import PASSPHRASE, SIGN_INS
from config.starting import refuse_unless_guarded

Say = Callable[[str], None]


def everything(*, say: Say) -> None:
    """Prepare the demonstration; the second time it only looks."""
    folders()
    if not Path(settings.LOG_KEY_FILE).exists():
        create_log_key(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    call_command("migrate", interactive=False, verbosity=0)
    refuse_unless_guarded()
    call_command("collectstatic", interactive=False, verbosity=0)
    if settings.DEMONSTRATION:
        from config.demonstration import build

        build.once(say=say)


def folders() -> None:
    """Make the data folders, for this account only."""
    for folder in (
        settings.DATA_DIR,
        settings.VAULT_FILES,
        settings.DATA_DIR / "queue",
        settings.DATA_DIR / "queue-control",
    ):
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)


def announce(port: int, *, say: Say) -> None:
    """Print the address and the table of sign-ins."""
    from django.utils import translation

    address = f"http://127.0.0.1:{port}"
    say("")
    say(f"  {settings.INSTITUTION_NAME}: a demonstration. Nothing in it is real; send nothing real to it.")
    say("")
    say(f"  The public portal   {address}/")
    say(f"  The desk            {address}/desk/")
    say(f"  Passphrase of all   {PASSPHRASE}")
    say("  Second factor       the page that asks for it shows the code")
    say("")
    with translation.override("en"):
        for username, role in SIGN_INS.items():
            say(f"    {username:<14}{role.label}")
    say("")
    say("  Stop with Ctrl+C.")
