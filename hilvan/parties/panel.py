"""The panel "Contacts" on a party's page: its people, each a click away, and where it is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.kinds import Fact
from hilvan.records.models import Record
from hilvan.web.links import call_url, map_url, record_url, write_url

from .models import Contact

SHOWN = 6


def contacts_of(record: Record, user: User, as_of: dt.datetime | None) -> dict[str, Any] | None:
    """The people of a party, the newest first, as they can be reached now; of the past, those who were there."""
    if not record.declaration.is_party or not user.may(Action.VIEW, "contact"):
        return None
    records = Record.objects.visible_to(user).filter(party=record.pk, kind="contact").unarchived()
    if as_of is not None:
        records = records.filter(created_at__lte=as_of)
    people = [_person(one.as_contact) for one in records.select_related("as_contact").order_by("-pk")[:SHOWN]]
    card = record.declaration.contact_card(record)
    may_create = as_of is None and record.archived_at is None and user.may(Action.CREATE, "contact")
    return {
        "people": people,
        "place": Fact(_("Address"), card.address, map_url(card.address)) if card and card.address else None,
        "create_url": reverse("record_new", kwargs={"kind": "contacts"}, query={"origin": record.number})
        if may_create
        else "",
        "all_url": reverse("search", query={"party": record.number, "kind": "contact"}) if len(people) == SHOWN else "",
    }


def _person(contact: Contact) -> dict[str, Any]:
    ways = [
        ("phone", Fact(_("Mobile"), contact.mobile, call_url(contact.mobile))),
        ("phone", Fact(_("Telephone"), contact.phone, call_url(contact.phone))),
        ("mail", Fact(_("E-mail"), contact.email, write_url(contact.email))),
    ]
    return {
        "name": contact.record.title,
        "url": record_url("contact", contact.record.number),
        "what": " · ".join(text for text in (contact.position, contact.department) if text),
        "ways": [(icon, way) for icon, way in ways if way.value],
    }
