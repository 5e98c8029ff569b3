"""The command `integrity`: what an operator types."""

import os
import sys


def main() -> None:
    """Run a management command, for example `integrity audit export DIR` or `integrity check-access`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    program, *words = sys.argv
    if words[:1] == ["setup"]:
        # Before there are settings, Django cannot start.
        from config.setup.command import main as setup

        sys.exit(setup(words[1:]))
    from django.core.management import execute_from_command_line

    if words:
        # Commands are modules, whose names have no hyphens.
        words[0] = words[0] if words[0].startswith("-") else words[0].replace("-", "_")
    execute_from_command_line([program, *words])
