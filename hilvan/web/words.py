"""How values are written for people: amounts, dates, names, yes and no, in the language and zone of the request."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hilvan.records.forms import value_of
from hilvan.records.kinds import Fact, Kind, State
from hilvan.records.models import Record

# The words for what every record has, where the kind's form does not name it.
COLUMNS = {
    "title": lambda: _("Title"),
    "party_id": lambda: _("Customer or supplier"),
    "owner_id": lambda: _("Responsible"),
    "team_id": lambda: _("Team"),
    "archived_at": lambda: _("Archived"),
}


def say(value: Any) -> str:
    """A value as a page says it; nothing for what is empty."""
    match value:
        case None | "":
            return ""
        case bool():
            return _("Yes") if value else _("No")
        case dt.datetime():
            local = timezone.localtime(value) if timezone.is_aware(value) else value
            return date_format(local, "SHORT_DATETIME_FORMAT")
        case dt.date():
            return date_format(value, "SHORT_DATE_FORMAT")
        case Decimal():
            places = max(2, -int(value.normalize().as_tuple().exponent))
            return number_format(value, decimal_pos=places, force_grouping=True)
        case int() | float():
            return number_format(value, force_grouping=True)
        case State():
            return str(value.label)
        case Fact():
            return say(value.value)
        case Record():
            return f"{value.number} {value.title}"
    return str(value)


def label_of(kind: Kind, column: str) -> str:
    """The word for a column of a record: its form's label, else the model's name for it."""
    models: tuple[type[Model], ...] = (kind.model, Record)
    for model in models:
        for field in model._meta.concrete_fields:
            if field.column == column:
                in_form = kind.form.base_fields.get(field.name)
                if in_form is not None and in_form.label:
                    return str(in_form.label)
                return COLUMNS[column]() if column in COLUMNS else str(capfirst(field.verbose_name))
    return column


def said_of(model: Any, name: str) -> Any:
    """The same for people: a choice's label for its code; records stay records, so that a page can link them."""
    chosen = getattr(model, f"get_{name}_display", None)
    return chosen() if chosen else value_of(model, name)
