"""Forms for importing a batch: the list with the files that it names, and the word that some of them may stay out."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.entry import reading
from integrity.people.administration_forms import ImportList
from integrity.ui.forms import Form
from integrity.vault import limits
from integrity.vault.forms import SealedFilesField

FILES: Final = reading.FILES


class Batch(ImportList):
    """A list of reports, where it is from, and the files that it names."""

    source = forms.RegexField(
        reading.SOURCE,
        label=gettext_lazy("Name of the earlier system"),
        help_text=gettext_lazy(
            "Small letters, digits and hyphens, such as hotline-2024. The same reference from the same system is "
            "imported once."
        ),
        max_length=40,
    )

    field_order = ["source", "table"]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["table"].label = _("List of reports")
        self.fields["table"].help_text = _(
            "CSV or JSON in UTF-8, up to 8 MB and 1,000 reports. Another list takes the place of the one before."
        )
        self.fields[FILES] = SealedFilesField(
            label=_("Files that the list names"),
            help_text=_(
                "ZIP files, up to %(most)d of up to %(limit)s each. They are not needed when the list names no files."
            )
            % {"most": limits.files_per_request(), "limit": filesizeformat(limits.bytes_per_file())},
            required=False,
        )


class LeaveOut(Form):
    """Files that no row names stay out only if somebody says so."""

    leave_out = forms.BooleanField(
        label=gettext_lazy("Leave these files out"),
        help_text=gettext_lazy("They belong to no report of the list. If they should, name them in it first."),
        error_messages={"required": gettext_lazy("Say that these files may stay out, or name them in the list.")},
    )
