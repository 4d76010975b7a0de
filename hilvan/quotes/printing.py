"""What is printed of a quote: an offer that the customer signs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hilvan.printing.sheet import Sheet, Signatures
from hilvan.trade import printing

from .models import Quote


def sheet(quote: Quote) -> Sheet:
    return printing.sheet(
        quote,
        facts=(
            (_("Valid until"), printing.day(quote.valid_until)),
            (_("Version"), quote.version if quote.version > 1 else ""),
        ),
        after=[Signatures([_("Accepted by: name, date and signature")])],
    )
