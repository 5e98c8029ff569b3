"""The command `integrity`: what an operator types."""

import os
import sys


def main() -> None:
    """Run a management command, for example `integrity audit export DIR`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
