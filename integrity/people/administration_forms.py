"""Forms for the administrator: people, roles, offices, headcounts, lists to import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import clock
from integrity.people.actions import Details
from integrity.people.directory import find
from integrity.people.importing import text_fault
from integrity.people.leaving import LeavingReason
from integrity.people.models import Office, User
from integrity.people.roles import Role
from integrity.rules.models import RulePack
from integrity.rules.terms import GradeBand
from integrity.ui.forms import DateField, Form
from integrity.vault.forms import SealedFilesField
from integrity.vault.uploads import SealedUpload


class PersonDetails(Form):
    """What is known about a person."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    staff_number = forms.CharField(
        label=gettext_lazy("Staff number"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("By it a subject is recognised, so that nobody judges a superior or themselves."),
    )
    office = forms.ModelChoiceField(
        label=gettext_lazy("Office"),
        queryset=Office.objects.all(),
        empty_label=gettext_lazy("Choose an office"),
    )
    grade_band = forms.ChoiceField(
        label=gettext_lazy("Grade"), choices=[("", gettext_lazy("Choose a grade")), *GradeBand.choices]
    )
    superior = forms.CharField(
        label=gettext_lazy("Superior"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("User name or staff number of whoever they report to."),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Only to send the link with which they choose a passphrase."),
    )

    def clean_name(self) -> str:
        """Refuse what a spreadsheet would run, or nobody could see."""
        return _refused_text(self.cleaned_data["name"], longest=120)

    def clean_superior(self) -> User | None:
        """The one person that it names."""
        text = self.cleaned_data["superior"]
        found = find(text)
        if text and found is None:
            raise ValidationError(_("Nobody has this user name or staff number."))
        return found

    @property
    def details(self) -> Details:
        """What the actions take."""
        given = self.cleaned_data
        return Details(
            name=given["name"],
            staff_number=given["staff_number"],
            office=given["office"],
            grade_band=GradeBand(given["grade_band"]),
            superior=given["superior"],
            email=given["email"],
        )


class NewPerson(PersonDetails):
    """A new person, with the name under which they will sign in."""

    username = forms.RegexField(
        label=gettext_lazy("User name"),
        regex=r"^[\w.@-]+$",
        max_length=60,
        help_text=gettext_lazy("Letters, digits, points and hyphens. It cannot be changed later."),
        error_messages={"invalid": gettext_lazy("A user name has letters, digits, points and hyphens.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    field_order = ("name", "username")


class GiveRole(Form):
    """A role, from a day on; a deciding authority also has a mandate of the rule pack."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[("", gettext_lazy("Choose a role")), *Role.choices])
    mandate = forms.ChoiceField(
        label=gettext_lazy("Decides as"),
        required=False,
        help_text=gettext_lazy("Only for a deciding authority."),
    )
    since = DateField(label=gettext_lazy("From"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"since": clock.today()})
        field = self.fields["mandate"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("No mandate")), *_mandates()]

    def clean(self) -> dict[str, Any]:
        """A deciding authority has a mandate, and nobody else."""
        given = super().clean() or {}
        is_authority = given.get("role") == Role.AUTHORITY
        if is_authority and not given.get("mandate"):
            self.add_error("mandate", _("Choose as which authority they decide."))
        if given.get("role") and not is_authority and given.get("mandate"):
            self.add_error("mandate", _("Only a deciding authority has a mandate."))
        return given


class CloseAccount(Form):
    """Why an account is closed."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=LeavingReason.choices, widget=forms.RadioSelect(attrs={"class": "choices"})
    )


class OfficeDetails(Form):
    """An office, and where it counts to."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    region = forms.CharField(
        label=gettext_lazy("Region"),
        max_length=80,
        help_text=gettext_lazy("What a published decision may say instead of the office."),
    )
    is_headquarters = forms.BooleanField(label=gettext_lazy("Headquarters"), required=False)

    def clean_name(self) -> str:
        """Refuse what a spreadsheet would run, or nobody could see."""
        return _refused_text(self.cleaned_data["name"], longest=120)


class NewOffice(OfficeDetails):
    """A new office with its code."""

    code = forms.RegexField(
        label=gettext_lazy("Code"),
        regex=r"^[\w-]{1,20}$",
        max_length=20,
        help_text=gettext_lazy("Short, and never changed: lists to import name the office by it."),
        error_messages={"invalid": gettext_lazy("A code has up to 20 letters, digits and hyphens.")},
    )
    field_order = ("code", "name")

    def clean_code(self) -> str:
        """Refuse a code that another office has."""
        code: str = self.cleaned_data["code"]
        if Office.objects.filter(code__iexact=code).exists():
            raise ValidationError(_("Another office has this code."))
        return code


class Headcounts(Form):
    """How many staff an office has in each grade band, on a day."""

    def __init__(self, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial={"as_of": clock.today(), **(initial or {})})
        for band in GradeBand:
            self.fields[band.value] = forms.IntegerField(label=band.label, min_value=0, max_value=1_000_000)
        self.fields["as_of"] = DateField(label=_("As of"))

    def clean_as_of(self) -> Any:
        """Refuse a day that has not come."""
        if self.cleaned_data["as_of"] > clock.today():
            raise ValidationError(_("This day has not come yet."))
        return self.cleaned_data["as_of"]

    @property
    def counts(self) -> dict[GradeBand, int]:
        """Staff by grade band."""
        return {band: self.cleaned_data[band.value] for band in GradeBand}


class ImportList(Form):
    """A table to import. It waits, encrypted, between the look at what it would do and the doing."""

    table = SealedFilesField(
        label=gettext_lazy("Table"),
        help_text=gettext_lazy("A CSV file in UTF-8, separated by semicolons or commas, up to 8 MB."),
    )

    def clean_table(self) -> SealedUpload:
        """One list: the one that was just chosen, else the one that waits."""
        uploads: list[SealedUpload] = self.cleaned_data["table"]
        chosen = self.files.getlist("table")
        if len(chosen) > 1 or len(uploads) - len(chosen) > 1:
            raise ValidationError(_("Choose one file at a time."))
        *before, latest = uploads
        for upload in before:
            upload.discard()
        return latest


def _mandates() -> list[tuple[str, str]]:
    try:
        pack = RulePack.objects.in_force(clock.today()).pack
    except RulePack.DoesNotExist:
        return []
    return [(authority.code, str(authority.title)) for authority in pack.authorities]


def _refused_text(value: str, *, longest: int) -> str:
    if sentence := text_fault(value, longest=longest):
        raise ValidationError(sentence)
    return value
