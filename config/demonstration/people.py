"""Who works at the demonstration institution. Every name is invented."""

from __future__ import annotations

from dataclasses import dataclass

from integrity.people.roles import Role
from integrity.rules.terms import GradeBand

PASSPHRASE = "harbour lantern quiet river"


@dataclass(frozen=True)
class Colleague:
    """An account of the demonstration; `superior` is a user name."""

    username: str
    name: str
    role: Role
    office: str
    grade_band: GradeBand
    staff_number: str
    superior: str = ""
    mandate: str = ""


A, B, C, D = GradeBand.EXECUTIVE, GradeBand.SENIOR, GradeBand.OFFICER, GradeBand.SUPPORT

COLLEAGUES: tuple[Colleague, ...] = (
    Colleague("council", "Dato' Suriyani Hale", Role.AUTHORITY, "HQ", A, "00101", mandate="council"),
    Colleague("council2", "Tun Zaw Oo", Role.AUTHORITY, "HQ", A, "00102", mandate="council"),
    Colleague("authority", "Maria Tolentino", Role.AUTHORITY, "HQ", A, "00114", mandate="director-general"),
    Colleague("authority2", "Kittisak Boonmee", Role.AUTHORITY, "HQ", A, "00117", mandate="director-general"),
    Colleague("supervisor", "Nguyen Thi Lan", Role.SUPERVISOR, "HQ", B, "00230", "authority2"),
    Colleague("supervisor2", "Ahmad Razali", Role.SUPERVISOR, "HQ", B, "00231", "authority2"),
    Colleague("triage", "Grace Manalo", Role.TRIAGE, "HQ", B, "00244", "supervisor2"),
    Colleague("triage2", "Somphone Keo", Role.TRIAGE, "HQ", B, "00245", "supervisor2"),
    Colleague("ombudsperson", "Farida Osman", Role.TRIAGE, "HQ", A, "00910"),
    Colleague("intake", "Dewi Lestari", Role.INTAKE, "HQ", C, "00318", "triage"),
    Colleague("investigator", "Tan Wei Jie", Role.INVESTIGATOR, "HQ", C, "00352", "supervisor"),
    Colleague("investigator2", "Phyu Phyu Win", Role.INVESTIGATOR, "HQ", C, "00353", "supervisor"),
    Colleague("board1", "Justice (ret.) Elena Cruz", Role.BOARD, "HQ", A, "00901"),
    Colleague("board2", "Prof. Bounmy Sayavong", Role.BOARD, "HQ", A, "00902"),
    Colleague("board3", "Hajah Norain Yusof", Role.BOARD, "HQ", A, "00903"),
    Colleague("editor", "Chan Sophea", Role.EDITOR, "HQ", C, "00420", "supervisor2"),
    Colleague("approver", "Rizal Gunawan", Role.APPROVER, "HQ", B, "00421", "authority2"),
    Colleague("identity", "Sister Miriam Lopez", Role.IDENTITY, "HQ", B, "00430"),
    Colleague("protection", "Noor Aishah Rahman", Role.PROTECTION, "HQ", B, "00434"),
    Colleague("custodian1", "Teresa Villanueva", Role.RECOVERY, "HQ", B, "00431"),
    Colleague("custodian2", "Kyaw Thura Min", Role.RECOVERY, "SEA", B, "00432"),
    Colleague("custodian3", "Pham Quoc Bao", Role.RECOVERY, "AIR", B, "00433"),
    Colleague("auditor", "Vikram Nair", Role.AUDITOR, "HQ", B, "00440"),
    Colleague("manager", "Le Quang Minh", Role.MANAGER, "HQ", A, "00120"),
    Colleague("programme", "Aye Chan Thu", Role.PROGRAMME, "HQ", B, "00450", "manager"),
    Colleague("admin", "Jonas Pereira", Role.ADMINISTRATOR, "HQ", C, "00460", "manager"),
)

SIGN_INS: dict[str, Role] = {person.username: person.role for person in COLLEAGUES}


@dataclass(frozen=True)
class Place:
    """An office with its staff in the bands executive, senior, officer, support."""

    code: str
    name: str
    region: str
    headcount: tuple[int, int, int, int]
    is_headquarters: bool = False


PLACES: tuple[Place, ...] = (
    Place("HQ", "Headquarters", "Capital", (14, 96, 310, 140), is_headquarters=True),
    Place("SEA", "Sea port of Laguna Bay", "South", (2, 34, 220, 130)),
    Place("AIR", "Central airport", "Capital region", (2, 28, 185, 90)),
    Place("NOR", "Northern land border", "North", (1, 17, 120, 64)),
    Place("EAS", "Eastern land border", "East", (1, 12, 88, 41)),
    Place("DRY", "Inland container depot", "Centre", (1, 9, 54, 37)),
    Place("ISL", "Island station", "South", (0, 3, 11, 6)),
)
