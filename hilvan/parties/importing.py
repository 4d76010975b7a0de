"""How customers, suppliers and contacts come in from tables."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from django.conf import settings

from hilvan.people.identifiers import COUNTRIES
from hilvan.records.kinds import Importing

from . import services


def country_names() -> Mapping[str, str]:
    """The names of the countries in the screen's languages (CLDR) → their codes."""
    names: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        territories = Locale.parse(language).territories
        names |= {str(name): code for code, name in territories.items() if code in COUNTRIES}
    return names | {"USA": "US", "EE. UU.": "US", "EEUU": "US", "UK": "GB"}


CUSTOMERS = Importing(
    draft=services.draft_customer,
    same_by=("tax_id", "title"),
    synonyms={
        "title": (
            *("account", "account name", "company", "company name", "empresa", "cliente", "razón social"),
            *("nombre fiscal", "nombre comercial"),
        ),
        "tax_id": ("nif", "cif", "cif/nif", "nif/cif", "dni", "vat", "vat number", "vat id", "tax number"),
        "phone": ("phone number", "teléfono 1", "tel", "tlf", "tfno", "móvil", "mobile"),
        "email": ("mail", "email address", "correo", "e-mail"),
        "website": ("web", "url", "página web", "sitio web", "domain"),
        "address": ("street", "domicilio", "calle", "billing street"),
        "postal_code": ("zip", "zip code", "cp", "c.p.", "billing postal code"),
        "city": ("town", "población", "localidad", "municipio", "billing city"),
        "province": ("state", "region", "county", "billing state"),
        "country": ("office location", "billing country"),
        "owner": ("account owner", "account manager", "sales agent", "salesperson", "agente", "vendedor", "comercial"),
        "notes": ("description", "observaciones", "comentarios", "descripción"),
    },
    words={"country": country_names},
)

SUPPLIERS = Importing(
    draft=services.draft_supplier,
    same_by=CUSTOMERS.same_by,
    synonyms={**CUSTOMERS.synonyms, "title": ("supplier", "vendor", "proveedor", *CUSTOMERS.synonyms["title"])},
    words=CUSTOMERS.words,
)

CONTACTS = Importing(
    draft=services.draft_contact,
    same_by=("email",),
    synonyms={
        "title": ("full name", "contact", "contact name", "nombre completo", "contacto", "nombre y apellidos"),
        "party": ("account", "account name", "company", "company name", "empresa", "organización"),
        "position": ("title", "position", "role", "puesto", "cargo"),
        "department": ("área",),
        "phone": ("phone number", "tel", "tlf", "tfno"),
        "mobile": ("mobile phone", "cell", "teléfono móvil"),
        "email": ("mail", "email address", "correo", "e-mail"),
        "language": ("language",),
        "consent": ("opt in", "consentimiento", "rgpd", "gdpr"),
        "owner": ("contact owner", "sales agent", "salesperson", "vendedor", "comercial"),
        "notes": ("description", "observaciones", "comentarios", "descripción"),
    },
    words={"consent": lambda: {"true": "yes", "false": "no", "1": "yes", "0": "no"}},
)
