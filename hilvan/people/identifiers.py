"""Identifiers that others give out and that can be checked: of tax offices, banks and posts, and countries.

Tax identifiers: the Spanish NIF in all its forms (DNI, NIE, K, L, M and what was the CIF) and the VAT numbers of the
European Union, by ``python-stdnum``. Bank accounts and banks (ISO 13616, ISO 9362): by ``schwifty``. Countries: ISO
3166-1 alpha-2, as the time zone database lists them.
"""

from __future__ import annotations

import re
from importlib import resources

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.es import ccc, nif, postal_code
from stdnum.eu import at_02, vat

SPAIN = "ES"
COUNTRIES = frozenset(
    line.split("\t")[0]
    for line in (resources.files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
UNION = frozenset(code.upper() for code in vat.MEMBER_STATES) & COUNTRIES


def check_tax_id(text: str, country: str) -> str:
    """The tax identifier in its shortest form: a NIF without "ES", another VAT number with its country's prefix.

    A Spanish one serves for a customer of any country (a foreigner's NIE), as does a VAT number with prefix. Outside
    the Union nothing more is asked than letters and digits. Raises ``ValidationError`` for what can't be one.
    """
    compact = re.sub(r"[\s./-]", "", text).upper()
    if not compact:
        return ""
    of_country = {"GR": "EL"}.get(country, country) + compact
    if country != SPAIN and country in UNION and vat.is_valid(of_country):
        return str(vat.validate(of_country))
    if nif.is_valid(compact):
        return str(nif.validate(compact))
    if vat.is_valid(compact):
        return str(vat.validate(compact))
    if country in UNION or not re.fullmatch(r"[A-Z0-9]{4,20}", compact):
        raise ValidationError(_("This is not a valid NIF, NIE, CIF or EU VAT number."), code="tax_id")
    return compact


def check_postal_code(text: str, country: str) -> str:
    """The postal code; a Spanish one has five digits and begins with its province's. Raises ``ValidationError``."""
    if country != SPAIN or not text:
        return text
    if not postal_code.is_valid(text):
        raise ValidationError(_("A Spanish postal code has five digits, from 01000 to 52999."), code="postal_code")
    return str(postal_code.validate(text))


def check_country(text: str) -> str:
    """The country's code in capitals; raises ``ValidationError`` for an unknown one."""
    if text.upper() not in COUNTRIES:
        raise ValidationError(_("This is not the two-letter code of a country, such as ES, PT or FR."), code="country")
    return text.upper()


def check_iban(text: str) -> str:
    """The IBAN without blanks, its national check digits checked too; a Spanish account number (CCC) becomes its IBAN.

    Raises ``ValidationError`` for what can't be one.
    """
    compact = re.sub(r"[\s./-]", "", text).upper()
    if re.fullmatch(r"\d{20}", compact) and ccc.is_valid(compact):
        compact = str(ccc.to_iban(compact))
    try:
        return str(IBAN(compact, validate_bban=True)) if compact else ""
    except SchwiftyException as error:
        raise ValidationError(_("This is not a valid IBAN."), code="iban") from error


def say_iban(iban: str) -> str:
    """In groups of four, as ISO 13616 has it written: "ES91 2100 0418 4502 0005 1332"."""
    return " ".join(re.findall(".{1,4}", iban))


def is_in_sepa(iban: str) -> bool:
    """Whether the account is in a country of the Single Euro Payments Area; the IBAN has been checked."""
    return IBAN(iban, allow_invalid=True).in_sepa_zone


def check_bic(text: str) -> str:
    """The BIC without blanks; raises ``ValidationError`` for what can't be one."""
    compact = re.sub(r"\s", "", text).upper()
    try:
        return str(BIC(compact)) if compact else ""
    except SchwiftyException as error:
        raise ValidationError(_("This is not a valid BIC."), code="bic") from error


def check_creditor_id(text: str) -> str:
    """The identifier of a SEPA creditor (AT-02 of the rulebooks) without blanks; raises ``ValidationError``."""
    compact = re.sub(r"[\s-]", "", text).upper()
    if not at_02.is_valid(compact):
        raise ValidationError(_("This is not a valid identifier of a SEPA creditor."), code="creditor_id")
    return compact
