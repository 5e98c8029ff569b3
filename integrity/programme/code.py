"""The code of conduct: clauses, and a question that shows they were understood (R14)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from integrity.rules.reading import SourceError, Table, described, read_toml
from integrity.rules.text import Text

MODEL = Path(__file__).parent / "codes" / "model.toml"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A numbered paragraph, such as “3.2”: what an offence of the rule pack cites as its clause."""

    number: str
    text: Text


@dataclass(frozen=True, slots=True)
class Clause:
    """A heading with its paragraphs."""

    number: int
    heading: Text
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to choose, and what a person reads who chose it."""

    code: str
    text: Text
    right: bool
    feedback: Text


@dataclass(frozen=True, slots=True)
class Question:
    """A question about the code with exactly one right answer."""

    text: Text
    answers: tuple[Answer, ...]

    def answer(self, code: str) -> Answer | None:
        """The answer with the code, or None."""
        return next((answer for answer in self.answers if answer.code == code), None)


@dataclass(frozen=True, slots=True)
class Code:
    """One version of the code of conduct."""

    version: str
    title: Text
    preamble: Text
    clauses: tuple[Clause, ...]
    question: Question

    def paragraphs(self) -> Iterator[Paragraph]:
        """All paragraphs in order."""
        for clause in self.clauses:
            yield from clause.paragraphs


def parse(content: bytes) -> Code:
    """Read a code of conduct from TOML. Raises `reading.SourceError`: where, what was expected, what came."""
    document = read_toml(content)
    document.integer("format", minimum=FORMAT, maximum=FORMAT)
    head = document.table("code")
    document.languages = head.languages = head.language_codes("languages")
    code = Code(
        version=head.version("version"),
        title=head.text("title"),
        preamble=head.text("preamble"),
        clauses=tuple(_clause(table, number) for number, table in enumerate(document.tables("clauses"), 1)),
        question=_question(document.table("question")),
    )
    head.end()
    document.end()
    return code


def _clause(table: Table, number: int) -> Clause:
    """A clause says its number, so that a reader of the file finds it; numbers run from 1 without a gap."""
    table.integer("number", minimum=number, maximum=number)
    texts = enumerate(table.texts("paragraphs"), 1)
    clause = Clause(number, table.text("heading"), tuple(Paragraph(f"{number}.{place}", text) for place, text in texts))
    table.end()
    return clause


def _question(table: Table) -> Question:
    answers = []
    for each in table.tables("answers"):
        answers.append(Answer(each.code("code"), each.text("text"), each.boolean("right"), each.text("feedback")))
        each.end()
    right = sum(answer.right for answer in answers)
    if right != 1:
        raise SourceError(table.at("answers"), _("exactly one right answer"), described(right))
    question = Question(table.text("text"), tuple(answers))
    table.end()
    return question
