"""The form's field for who takes part: a row each, with a user, a contact or an address, and whether he is needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.references import ToRecord, ToUser

from .models import Role
from .participants import MOST, Invited

BLANK = 2
"""Rows to fill in; with a script the last of them brings the next."""
NUMBER = re.compile(r"[A-Za-z]{2,8}-\d{4}-\d+")
ADDRESS = re.compile(r"(?:(.*)<|)([^@\s<>]+@[^@\s<>]+)>?", re.DOTALL)
ACCOUNT = re.compile(r"@([\w.@+-]+)\)?$")

Row = tuple[str, str]
"""What stands in a row: who, as it was typed or chosen, and the role."""


class ParticipantsInput(forms.Widget):
    template_name = "activities/participants_input.html"
    use_fieldset = True
    unknown: frozenset[str] = frozenset()
    """The rows that mean nobody; where something else is wrong, any may be."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        if not hasattr(data, "getlist"):
            return _rows(data.get(name))
        texts, roles = data.getlist(name), data.getlist(f"{name}_role")
        return list(zip_longest(texts, roles[: len(texts)], fillvalue=Role.REQUIRED.value))

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        rows = [row for row in _rows(value) if row[0].strip()]
        refused = "aria-invalid" in (attrs or {})
        fitting = ",".join(kind.name for kind in kinds if kind.is_contact)
        return super().get_context(name, None, attrs) | {
            "rows": [
                (text, role, refused and (not self.unknown or text.strip() in self.unknown)) for text, role in rows
            ]
            + [("", Role.REQUIRED.value, False)] * BLANK,
            "roles": Role.choices,
            "lookup": reverse_lazy("record_lookup"),
            "kinds": fitting,
        }

    def id_for_label(self, id_: str, index: Any = None) -> str:
        return ""


class ParticipantsField(forms.Field):
    """Gives ``Invited`` ones. Who stands there already needs no permission to be seen, and is known by how it shows."""

    widget: ParticipantsInput
    user: User

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=ParticipantsInput, **kwargs)
        self.present: dict[str, Invited] = {}

    def prepare(self, current: Any = None) -> None:
        self.present = {shown(one): one for one in current or () if isinstance(one, Invited)}

    def clean(self, value: Any) -> list[Invited]:
        rows = [(text.strip(), role) for text, role in _rows(value) if text.strip()]
        found = _found([text for text, _role in rows if text not in self.present], self.user)
        people, unknown = [], []
        for text, role in rows[: MOST + 1]:
            one = self.present.get(text) or found.get(text)
            if one is None:
                unknown.append(text)
            else:
                role = role if role in Role.values else Role.REQUIRED
                people.append(Invited(one.user, one.contact, one.email, one.name, role))
        if unknown:
            self.widget.unknown = frozenset(unknown)
            raise ValidationError(
                [
                    ValidationError(
                        _("“%(text)s” is no user, no contact and no e-mail address."),
                        params={"text": text},
                        code="unknown",
                    )
                    for text in unknown
                ]
            )
        return people


def shown(one: Invited) -> str:
    """Somebody as a row shows him."""
    if one.user is not None:
        return f"{one.user.name} (@{one.user.username})"
    if one.contact is not None:
        return str(one.contact)
    return f"{one.name} <{one.email}>" if one.name else one.email


def known(texts: Iterable[str], user: User) -> list[Invited]:
    """Who these rows stand for, as far as one can tell."""
    return list(_found([text.strip() for text in texts if text.strip()][:MOST], user).values())


def _rows(value: Any) -> list[Row]:
    """From rows, from participants, or from a text in a bookmark."""
    if isinstance(value, str):
        return [(value, Role.REQUIRED.value)]
    return [(shown(one), one.role) if isinstance(one, Invited) else one for one in value or ()]


def _found(texts: Sequence[str], user: User) -> dict[str, Invited]:
    """Who each text means: a user by account or name, a contact by number or name, else an address. In four queries,
    however many they are."""
    texts = [text for text in dict.fromkeys(texts) if "\x00" not in text]
    accounts = {text: match[1] for text in texts if (match := ACCOUNT.search(text)) and not _address(text)}
    numbers = {text: match[0] for text in texts if (match := NUMBER.match(text))}
    users, records = ToUser().find_all(user, accounts.values()), ToRecord().find_all(user, numbers.values())
    found: dict[str, Invited] = {}
    for text in texts:
        if (account := users.get(accounts.get(text, ""))) and account.is_active:
            found[text] = Invited(user=account)
        elif (contact := records.get(numbers.get(text, ""))) and contact.declaration.is_contact:
            found[text] = Invited(contact=contact)
        elif address := _address(text):
            found[text] = Invited(email=address[1], name=address[0][:200])
    return found | _named([text for text in texts if text not in found], user)


def _named(texts: Sequence[str], user: User) -> dict[str, Invited]:
    """Who has just this name, and alone has it."""
    names = {text.lower(): text for text in texts}
    if not names:
        return {}
    people = User.objects.alias(folded=Lower("name")).filter(folded__in=names, company=user.company_id, is_active=True)
    of_contacts = Q(kind__in=[kind.name for kind in kinds if kind.is_contact], archived_at=None)
    contacts = Record.objects.visible_to(user).filter(of_contacts).alias(folded=Lower("title"))
    candidates: dict[str, list[Invited]] = {}
    for one in people.select_related("company"):
        candidates.setdefault(one.name.lower(), []).append(Invited(user=one))
    for contact in contacts.filter(folded__in=names):
        candidates.setdefault(contact.title.lower(), []).append(Invited(contact=contact))
    return {names[name]: those[0] for name, those in candidates.items() if name in names and len(those) == 1}


def _address(text: str) -> tuple[str, str] | None:
    """Name and address of "Marta Ruiz <marta@example.com>"; whether it is a right one, the service says."""
    match = ADDRESS.fullmatch(text)
    return ((match[1] or "").strip(' "'), match[2]) if match else None
