"""The file of a remittance: SEPA direct debits in ISO 20022's message pain.008.001.08, by ``sepaxml``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sepaxml import SepaDD
from text_unidecode import unidecode

from .models import BankAccount

SCHEMA = "pain.008.001.08"
LONGEST_NAME = 70
LONGEST_TEXT = 140
INSTEAD = {"&": "+", "_": "-", '"': "'", "`": "'", "@": "(at)", ";": ",", "[": "(", "]": ")", "{": "(", "}": ")"}


@dataclass(frozen=True)
class Debit:
    """What is collected of whom. ``reference`` is ours, and comes back with a return; ``amount`` in euros."""

    reference: str
    name: str
    iban: str
    bic: str
    amount: Decimal
    mandate: str
    signed_on: dt.date
    sequence: str
    text: str


def direct_debits(
    account: BankAccount, creditor: str, scheme: str, collect_on: dt.date, debits: Sequence[Debit]
) -> str:
    """The file, valid against its schema; one block for each sequence, since those are booked apart."""
    file = SepaDD(
        {
            "name": plain(creditor, LONGEST_NAME),
            "IBAN": account.iban,
            **({"BIC": account.bic} if account.bic else {}),
            "batch": True,
            "creditor_id": account.creditor_id,
            "currency": "EUR",
            "instrument": scheme,
        },
        schema=SCHEMA,
        clean=False,
    )
    for debit in debits:
        file.add_payment(
            {
                "name": plain(debit.name, LONGEST_NAME),
                "IBAN": debit.iban,
                **({"BIC": debit.bic} if debit.bic else {}),
                "amount": int(debit.amount * 100),
                "type": debit.sequence,
                "collection_date": collect_on,
                "mandate_id": debit.mandate,
                "mandate_date": debit.signed_on,
                "description": plain(debit.text, LONGEST_TEXT),
                "endtoend_id": debit.reference,
            }
        )
    return str(file.export(validate=True).decode())


def plain(text: str, longest: int) -> str:
    """In the characters that every bank in SEPA takes (EPC 230-15: Latin letters, digits and a few signs)."""
    latin = "".join(INSTEAD.get(one, one) for one in unidecode(text))
    known = re.sub(r"[^A-Za-z0-9/?:().,'+ -]", " ", latin)
    return " ".join(known.split())[:longest].strip() or "-"
