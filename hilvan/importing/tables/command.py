"""The import of a table by the command line: all at once, beside any worker."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from hilvan.people.models import Company, User
from hilvan.records.kinds import kinds

from ..models import Stage, TableImport
from . import running, services
from .fields import fields_of, importable
from .plans import CHANGED, NEW, REFUSED, SAME, Choices
from .values import fold


@dataclass(frozen=True)
class Told:
    """What came of a table, for people."""

    counts: Mapping[str, int]
    file: Path | None
    only_checked: bool

    @property
    def refused(self) -> int:
        return self.counts.get(REFUSED, 0)

    def __str__(self) -> str:
        counts = {name: self.counts.get(name, 0) for name in (NEW, CHANGED, SAME, REFUSED)}
        said = _("%(new)d new, %(changed)d changed, %(same)d there already, %(refused)d refused.") % counts
        if self.only_checked:
            said = f"{said} {_('Nothing has been written.')}"
        return f"{said} → {self.file}" if self.file else said


def import_table(
    path: Path,
    *,
    company: Company,
    kind: str,
    user: str | None,
    columns: Mapping[str, str],
    chosen: Mapping[str, Any],
    refused: Path,
    check: bool,
    progress: Callable[[int, int], None] | None,
) -> Told:
    """Import a file; the rows that are refused are written to ``refused``. ``columns``: heading → field, "" for none.

    With ``check`` nothing but that file is written. Raises ``ValidationError`` and ``PermissionDenied``.
    """
    by = _user(company, user)
    if kind not in kinds or kinds[kind].importing is None:
        names = ", ".join(one.name for one in importable(by))
        raise ValidationError(_("“%(kind)s” can't be imported; these can: %(names)s.") % {"kind": kind, "names": names})
    with path.open("rb") as file:
        table = services.upload(file, name=path.name, kind=kinds[kind], user=by)
    try:
        services.choose(table, _choices(table, by, columns, chosen), user=by)
        running.run(table, progress)
        if table.stage == Stage.CHECKED and not check:
            services.start(table)
            running.run(table, progress)
        if table.stage == Stage.FAILED:
            raise ValidationError(table.failure)
        if table.counts.get(REFUSED):
            reader = translation.override(by.speaks)  # the file is for people, who correct it
            with reader, refused.open("w", encoding="utf-8-sig", newline="") as out:
                csv.writer(out, delimiter=";").writerows(services.refused_rows(table))
        return Told(table.counts, refused if table.counts.get(REFUSED) else None, check)
    finally:
        services.forget(table)


def _choices(table: TableImport, by: User, columns: Mapping[str, str], chosen: Mapping[str, Any]) -> Choices:
    choices = replace(Choices(**table.choices), **chosen)
    fields, places = fields_of(kinds[table.kind], by), {fold(name): str(n) for n, name in enumerate(table.columns)}
    mapped = dict(choices.fields)
    for heading, field in columns.items():
        if fold(heading) not in places:
            raise ValidationError(_("There is no column “%(name)s”.") % {"name": heading})
        if field and field not in fields.by_name:
            names = ", ".join(fields.by_name)
            raise ValidationError(_("“%(name)s” is no field; these are: %(names)s.") % {"name": field, "names": names})
        mapped = {place: name for place, name in mapped.items() if name != field or fields.joins(name)}
        mapped[places[fold(heading)]] = field
    return replace(choices, fields={place: name for place, name in mapped.items() if name})


def _user(company: Company, name: str | None) -> User:
    users = User.objects.filter(company=company, is_active=True).select_related("company", "role").order_by("pk")
    found = users.filter(username__iexact=name).first() if name else users.filter(role__administers=True).first()
    if found is None:
        raise ValidationError(
            _("There is no user “%(name)s”.") % {"name": name}
            if name
            else _("There is no administrator who imports it.")
        )
    return found
