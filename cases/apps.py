"""The cases floor's own folder: what every room of it shares."""

from django.apps import AppConfig
from django.core.checks import register


class CasesConfig(AppConfig):
    """Case, allegation, the workflow table, access to a case."""

    name = "cases"

    def ready(self) -> None:
        """Tell the inbox the sentences of the table, and check at every start that each row has its action."""
        from cases import actions, checks, evidence, leaving, overseen, regranting, tracks, work, workflow  # noqa: F401 - importing registers
        from intake.portal.telling import declare_sentence

        register(checks.pairing)
        for row in workflow.REPORT_TRANSITIONS:
            if row.told is not None:
                declare_sentence(row.name, row.told)
