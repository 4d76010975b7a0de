"""The PDF of a record: its sheet, in the language of whoever gets it, under the letterhead of its company."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hilvan.records.models import Record

from . import printer
from .models import Letterhead, letterhead_of
from .sheet import lines_of


@dataclass(frozen=True)
class Printed:
    name: str
    content: bytes


def language_of(record: Record) -> str:
    """That of the record's party, else its company's."""
    party = record.party
    spoken = getattr(getattr(party, party.declaration.accessor), "language", "") if party is not None else ""
    return spoken if spoken in dict(settings.LANGUAGES) else record.company.language


def printed(record: Record) -> Printed | None:
    """The record as it is printed now; None where nothing is printed of its kind."""
    kind = record.declaration
    if kind.sheet is None:
        return None
    language = language_of(record)
    with translation.override(language), timezone.override(record.company.zone):
        sheet = kind.sheet(getattr(record, kind.accessor))
        letterhead = letterhead_of(record.company)
        content = printer.pdf(
            sheet,
            letterhead=head_of(letterhead),
            logo=bytes(letterhead.logo),
            language=language,
            page_of=_("Page {n} of {all}"),
        )
        return Printed(f"{sheet.title} {record.number}.pdf", content)


def head_of(letterhead: Letterhead) -> dict[str, object]:
    company = letterhead.company
    return {
        "name": company.name,
        "lines": lines_of(company.tax_id, letterhead.address, letterhead.phone, letterhead.email, letterhead.website),
        "foot": letterhead.registry,
    }
