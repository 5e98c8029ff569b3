"""The channels of the demonstration: one for everybody, two for staff with questions of their own, two independent.

Arabic is one of the portal's languages; Indonesian words wait for the day on which it becomes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from intake.channels import drafting
from intake.channels.actions import Details, set_channel
from intake.channels.models import Channel
from intake.channels.questionnaire import Choice, Condition, Kind, Question
from intake.channels.standard import STANDARD
from integrity.action import Actor
from integrity.people.models import User
from integrity.rules.text import Text

# Those who receive ordinary reports; one of them the leadership's as well, and somebody from outside the office's own.
FRONT: Final = ("intake", "triage", "triage2")


def said(english: str, arabic: str, indonesian: str) -> Text:
    """Words in three languages."""
    return Text.of(en=english, ar=arabic, id=indonesian)


YES: Final = said("Yes", "نعم", "Ya")
NO: Final = said("No", "لا", "Tidak")
CONTRACTS: Final = (
    Question(
        name="stage",
        kind=Kind.CHOICE,
        label=said("At which stage was it?", "في أي مرحلة حدث ذلك؟", "Pada tahap mana hal itu terjadi?"),
        choices=(
            Choice("tender", said("Before the award", "قبل الترسية", "Sebelum penunjukan pemenang")),
            Choice("award", said("The award itself", "الترسية نفسها", "Penunjukan pemenang")),
            Choice("delivery", said("Delivery and payment", "التسليم والدفع", "Pengiriman dan pembayaran")),
        ),
        required=True,
    ),
    Question(
        name="contract",
        kind=Kind.SHORT,
        label=said("Which contract or supplier?", "أي عقد أو مورّد؟", "Kontrak atau pemasok yang mana?"),
        hint=said(
            "A number, a name, or what was bought.", "رقم أو اسم أو ما تم شراؤه.", "Nomor, nama, atau apa yang dibeli."
        ),
        longest=300,
    ),
    STANDARD["what"],
    Question(
        name="paid",
        kind=Kind.CHOICE,
        label=said(
            "Was money or a gift asked for or given?",
            "هل طُلب أو قُدّم مال أو هدية؟",
            "Apakah uang atau hadiah diminta atau diberikan?",
        ),
        choices=(Choice("yes", YES), Choice("no", NO)),
    ),
    Question(
        name="amount",
        kind=Kind.AMOUNT,
        label=said("About how much?", "كم تقريبًا؟", "Kira-kira berapa?"),
        condition=Condition("paid", ("yes",)),
    ),
    Question(
        name="ways",
        kind=Kind.SEVERAL,
        label=said("In which way?", "بأي طريقة؟", "Dengan cara apa?"),
        choices=(
            Choice("cash", said("Cash", "نقدًا", "Tunai")),
            Choice("bank", said("By bank or telephone", "عبر مصرف أو هاتف", "Melalui bank atau telepon")),
            Choice(
                "favour",
                said(
                    "A journey, a job, another favour",
                    "سفر أو وظيفة أو خدمة أخرى",
                    "Perjalanan, pekerjaan, bantuan lain",
                ),
            ),
        ),
        condition=Condition("paid", ("yes",)),
    ),
    Question(
        name="undelivered",
        kind=Kind.LONG,
        label=said(
            "What was paid for and did not arrive, or was not as agreed?",
            "ما الذي دُفع ثمنه ولم يصل أو لم يكن كما اتُّفق عليه؟",
            "Apa yang dibayar tetapi tidak tiba, atau tidak sesuai perjanjian?",
        ),
        condition=Condition("stage", ("delivery",)),
    ),
    Question(name="period", kind=Kind.WHEN, label=STANDARD["when"].label),
    Question(
        name="people",
        kind=Kind.PEOPLE,
        label=said("Who took part?", "من شارك في ذلك؟", "Siapa yang terlibat?"),
        hint=STANDARD["who"].hint,
    ),
    STANDARD["files"],
)
CONDUCT: Final = (
    STANDARD["what"],
    Question(
        name="again",
        kind=Kind.CHOICE,
        label=said(
            "Did it happen more than once?", "هل حدث ذلك أكثر من مرة؟", "Apakah hal itu terjadi lebih dari sekali?"
        ),
        choices=(Choice("once", NO), Choice("again", YES)),
    ),
    Question(
        name="since",
        kind=Kind.WHEN,
        label=said("Since when, and how often?", "منذ متى وكم مرة؟", "Sejak kapan, dan seberapa sering?"),
        condition=Condition("again", ("again",)),
    ),
    Question(name="place", kind=Kind.PLACE, label=STANDARD["where"].label, hint=STANDARD["where"].hint),
    Question(
        name="safe",
        kind=Kind.CHOICE,
        label=said("Are you safe now?", "هل أنت في أمان الآن؟", "Apakah Anda aman sekarang?"),
        choices=(Choice("yes", YES), Choice("no", NO)),
    ),
    Question(
        name="help",
        kind=Kind.LONG,
        label=said("What would help you now?", "ما الذي قد يساعدك الآن؟", "Apa yang dapat membantu Anda sekarang?"),
        condition=Condition("safe", ("no",)),
    ),
    STANDARD["files"],
)


def open_channels(actor: Actor, people: Mapping[str, User]) -> dict[str, Channel]:
    """Make the channels with their recipients, and publish the questions of two of them."""
    front = [people[name] for name in FRONT]
    made = {
        "office": _set(actor, "office", "Integrity office", front, order=0),
        "contracts": _set(
            actor,
            "contracts",
            "Contracts and purchasing",
            front,
            words=_words(
                said("Contracts and purchasing", "العقود والمشتريات", "Kontrak dan pengadaan"),
                said(
                    "Tenders, suppliers, deliveries and what was paid for them.",
                    "المناقصات والموردون والتسليم وما دُفع مقابلها.",
                    "Tender, pemasok, pengiriman, dan pembayarannya.",
                ),
            ),
            paths=["staff"],
            order=1,
        ),
        "conduct": _set(
            actor,
            "conduct",
            "Conduct among colleagues",
            [people["triage"], people["triage2"]],
            words=_words(
                said("Conduct among colleagues", "السلوك بين الزملاء", "Perilaku antarrekan kerja"),
                said(
                    "Harassment, threats, discrimination at work.",
                    "المضايقة والتهديد والتمييز في العمل.",
                    "Pelecehan, ancaman, diskriminasi di tempat kerja.",
                ),
            ),
            paths=["staff"],
            order=2,
        ),
        "independent": _set(
            actor, "independent", "Independent channel", [people["triage2"]], about_leadership=True, order=0
        ),
        "council": _set(
            actor, "council", "The council's own channel", [people["ombudsperson"]], about_office=True, order=1
        ),
    }
    for code, questions in (("contracts", CONTRACTS), ("conduct", CONDUCT)):
        _ask(actor, made[code], questions)
    return made


def _words(name: Text, about: Text) -> dict[str, dict[str, str]]:
    return {"name": dict(name.translations), "about": dict(about.translations)}


def _set(actor: Actor, code: str, name: str, recipients: list[User], **details: object) -> Channel:
    return set_channel(actor=actor, code=code, name=name, recipients=recipients, details=Details(**details))  # type: ignore[arg-type]


def _ask(actor: Actor, channel: Channel, questions: tuple[Question, ...]) -> None:
    draft = drafting.draft_questions(actor=actor, channel=channel)
    drafting.replace_questions(actor=actor, draft=draft, questions=questions)
    # In the other languages of the portal English is shown.
    drafting.publish_questions(actor=actor, draft=draft, incomplete=True)
