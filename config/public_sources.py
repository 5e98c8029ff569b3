"""Which files hold sentences that the public reads: the side of the product that is whole in every language."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
# What the public reads, as folders and files. The desk's sentences may wait for their translation.
PUBLIC_SOURCES: Final = (
    "intake/portal",
    "intake/api",
    "intake/channels/routing.py",
    "intake/channels/concerns.py",
    "intake/channels/paths.py",
    "intake/channels/standard.py",
    "intake/channels/answers.py",
    "intake/channels/fields.py",
    "intake/channels/widgets.py",
    "intake/channels/days.py",
    "intake/channels/amounts.py",
    "intake/channels/templates/channels/kind.html",
    "intake/channels/templates/channels/people.html",
    "intake/channels/templates/channels/parts.html",
    "intake/followup",
    "intake/protection",
    "intake/posters/templates/posters/poster.html",
    "intake/posters/templates/posters/sheet.html",
    "intake/posters/templates/posters/cards.html",
    "integrity/ui/arriving.py",
    "integrity/ui/context.py",
    "integrity/ui/errors.py",
    "integrity/ui/templatetags",
    "integrity/ui/templates",
    "integrity/vault/forms.py",
    "integrity/vault/naming.py",
    "integrity/vault/templates",
    "integrity/rules/entries.py",
    "integrity/rules/terms.py",
    "integrity/rules/templates/rules/public.html",
    "integrity/rules/templates/rules/tables.html",
    "integrity/rules/templates/rules/none.html",
    "integrity/programme/templates/programme/public_code.html",
    "integrity/programme/templates/programme/clauses.html",
    "cases/publication/feed.py",
    "cases/publication/generalisation.py",
    "cases/publication/periods.py",
    "cases/publication/public_views.py",
    "cases/publication/wording.py",
    "cases/publication/templates/publication/decision.html",
    "cases/publication/templates/publication/register.html",
)
# What the desk alone shows, and the page that only tests look at.
OF_THE_DESK: Final = (
    "integrity/ui/templates/ui/desk.html",
    "integrity/ui/templates/ui/gallery.html",
    "integrity/ui/templates/ui/charts",
    "intake/portal/leaving.py",
    "intake/followup/leaving.py",
    "intake/protection/leaving.py",
)


def public_files() -> list[Path]:
    """The files that PUBLIC_SOURCES names; each must be there."""
    found: set[Path] = set()
    for name in PUBLIC_SOURCES:
        path = ROOT / name
        if not path.exists():
            raise FileNotFoundError(f"{name} is gone; say in PUBLIC_SOURCES where its sentences are now")
        found |= {path} if path.is_file() else {each for each in path.rglob("*") if each.suffix in {".py", ".html"}}
    left_out = tuple(str(ROOT / name) for name in OF_THE_DESK)
    return sorted(path for path in found if not str(path).startswith(left_out) and "migrations" not in path.parts)
