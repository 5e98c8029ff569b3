"""What only the institution knows: what it wrote, which key is whose, and what everybody has in their pockets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Known:
    """The answers that thefts are compared with. None of it is loot.

    A matter is a word for what a key belongs to: "case appealed", "report fresh", "identity", "person admin".
    """

    mark: str = ""
    matters: dict[str, str] = field(default_factory=dict)
    """Identifier of each generation of each key → its matter."""
    sealed: list[str] = field(default_factory=list)
    """table/column/row of every sealed value that the registry knows."""
    written: dict[str, str] = field(default_factory=dict)
    """table/column/row → what was sealed there last, as JSON or in hexadecimal."""
    prose: list[str] = field(default_factory=list)
    """Every text of some length that was sealed and that no published document holds."""
    seeds: list[str] = field(default_factory=list)
    """Every private key that ever existed, in hexadecimal."""
    files: dict[str, str] = field(default_factory=dict)
    """Identifier of each kept file → SHA-256 of its plaintext."""
    people: dict[str, str] = field(default_factory=dict)
    """User name → private key, in hexadecimal."""
    passphrases: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    """User name of each recovery custodian → the words of their sheet."""
    tokens: dict[str, str] = field(default_factory=dict)
    """What only a browser or a piece of paper holds: receipts, cookies, links, pages."""
    references: dict[str, str] = field(default_factory=dict)
    """Matter → the number that people call it by."""

    def save(self, path: Path) -> None:
        """For the tests, which run in another process."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Known:
        """What `save` wrote."""
        return cls(**json.loads(path.read_text()))

    def all_matters(self) -> set[str]:
        """Every matter there is."""
        return set(self.matters.values())
