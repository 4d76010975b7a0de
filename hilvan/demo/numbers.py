"""Numbers that are well formed and nobody's: telephones, tax identifiers, accounts."""

from __future__ import annotations

from random import Random

from stdnum.es import ccc, cif, dni
from stdnum.eu import at_02

LETTERS = {"S.A.": "A", "Coop.": "F", "Ayuntamiento": "P", "Comunidad": "H"}
"""What stands in a name, and the letter of the tax identifier that such a body has; all others have a B."""


def phone(chance: Random) -> str:
    """From 75 to 79: mobile ranges that the Spanish numbering plan keeps back, so that nobody is called."""
    pairs = " ".join(f"{chance.randrange(100):02}" for _n in range(3))
    return f"7{chance.randint(5, 9)}{chance.randrange(10)} {pairs}"


def invented_cif(number: int, name: str = "") -> str:
    """A well-formed tax identifier of a province that does not exist (00)."""
    letter = next((letter for word, letter in LETTERS.items() if word in name), "B")
    body = f"{letter}00{number * 137:05d}"
    digits = cif.calc_check_digits(body)
    return body + digits[1 if letter == "P" else 0]


def invented_nif(number: int) -> str:
    """That of a person, so low that whoever had it first was born in the nineteenth century."""
    body = f"{number * 137:08d}"
    return body + dni.calc_check_digit(body)


def invented_iban(number: int) -> str:
    """That of an account at a bank which does not exist (0000)."""
    body = f"0000{number:04d}00{number * 7919:010d}"
    return ccc.to_iban(body[:8] + ccc.calc_check_digits(body) + body[10:])


def creditor_id(tax_id: str) -> str:
    """The identifier of a SEPA creditor that a Spanish tax identifier makes, with the suffix 000."""
    return f"ES{at_02.calc_check_digits(f'ES00000{tax_id}')}000{tax_id}"
