"""How amounts, probabilities and days are said to people."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, pgettext


def money(amount: Decimal | None) -> str:
    """Euros for people: "12.400,00 €"; nothing for None."""
    if amount is None:
        return ""
    return gettext("€%(amount)s") % {"amount": number_format(amount, 2, use_l10n=True, force_grouping=True)}


def percent(value: int) -> str:
    return gettext("%(n)d%%") % {"n": value}


def day(date: dt.date | None) -> str:
    """ "15 dic", with the year where it is not this one."""
    if date is None:
        return ""
    # Translators: date formats of Django's; "b" is the short month in small letters, "M" with a capital.
    this_year, other_year = pgettext("date", "j M"), pgettext("date", "j M Y")
    return date_format(date, this_year if date.year == timezone.localdate().year else other_year)
