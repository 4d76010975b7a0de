"""Who takes part in an activity besides its assignee: reading them, changing them, and their answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, acting, children_stood
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import may, refuse

from .models import Activity, Answer, Participant, Role

MOST = 100
"""Participants that an activity may have."""

Key = tuple[str, int | str]
"""Who somebody is: ("user", 5), ("contact", 12), ("email", "marta@example.com")."""


@dataclass(frozen=True)
class Invited:
    """Who is to take part: a user, a contact (its Record), or an address; without an answer, the one that he has."""

    user: User | None = None
    contact: Record | None = None
    email: str = ""
    name: str = ""
    role: str = Role.REQUIRED
    answer: str | None = None

    @property
    def key(self) -> Key:
        return key_of(self)


@dataclass(frozen=True)
class Planned:
    """What becomes of an activity's participants, not saved yet; ``changed`` are some of those who stay."""

    stay: list[Participant]
    new: list[Participant]
    gone: list[Participant]
    changed: list[Participant]

    @property
    def all(self) -> list[Participant]:
        return [*self.stay, *self.new]


def key_of(one: Invited | Participant) -> Key:
    if one.user is not None:
        return "user", one.user.pk
    return ("email", one.email.casefold()) if one.contact is None else ("contact", one.contact.pk)


def participants_of(activity: Activity) -> list[Participant]:
    """Those of now, with all that their names and addresses need; of an activity that was rebuilt as it stood at an
    instant, those of then."""
    if (instant := getattr(activity, "stood_at", None)) is not None:
        return stood(activity.record, instant)
    return people_of([activity])[activity.pk]


def people_of(activities: Sequence[Activity]) -> dict[int, list[Participant]]:
    """Those of several, by the activity's key, in one query."""
    people: dict[int, list[Participant]] = {activity.pk: [] for activity in activities}
    along = ("user__company", *(f"contact__{path}" for path in _card_relations()))
    for one in Participant.objects.filter(activity__in=people).order_by("pk").select_related(*along):
        people[one.activity_id].append(one)
    return people


def stood(record: Record, instant: dt.datetime) -> list[Participant]:
    """Those of an instant, rebuilt from the changes; not to be saved."""
    people: list[Participant] = sorted(children_stood(record, Participant, instant), key=lambda one: one.pk)
    prefetch_related_objects(people, "user__company", "contact")
    fetch_cards([one.contact for one in people if one.contact is not None])
    return people


def seen_contacts(people: Sequence[Participant], user: User) -> set[int]:
    """Which of their contacts the user may see, by the record's key."""
    contacts = [one.contact_id for one in people if one.contact_id is not None]
    if not contacts:
        return set()
    return set(Record.objects.visible_to(user).filter(pk__in=contacts).values_list("pk", flat=True))


def plan(present: Sequence[Participant], invited: Sequence[Invited] | None, actor: Actor) -> Planned:
    """What the participants are to be; None leaves them as they are. Raises ``ValidationError`` by field
    (``participants.0.email``, or ``participants``) for who can't be one, or is there twice."""
    if invited is None:
        return Planned(list(present), [], [], [])
    fetch_cards([one.contact for one in invited if one.contact is not None])
    before = {key_of(one): one for one in present}
    by_address = {address: one for one in present if (address := one.card.email.casefold())}
    errors: dict[str, str] = {}
    planned, known = Planned([], [], [], []), set[Key]()
    for n, one in enumerate(invited):
        person = before.get(one.key) or (by_address.get(one.email.casefold()) if one.email else None)
        is_new = person is None
        errors |= _wrong(one, f"participants.{n}", actor, is_new=is_new)
        if person is None:
            person = Participant(
                company=actor.company, user=one.user, contact=one.contact, email=one.email, name=one.name
            )
        if not known.isdisjoint(signs := _signs(person)):
            errors.setdefault(f"participants.{n}", _("%(name)s is there twice.") % {"name": person.called})
        known |= signs
        (planned.new if is_new else planned.stay).append(person)
        wanted = one.role, one.answer or person.answer
        if not is_new and wanted != (person.role, person.answer):
            planned.changed.append(person)
        person.role, person.answer = wanted
    if len(invited) > MOST:
        errors["participants"] = _("At most %(n)d participants.") % {"n": MOST}
    refuse(errors)
    planned.gone.extend(one for one in present if one not in planned.stay)
    return planned


def save(planned: Planned, activity: Activity) -> None:
    """Write what was planned, in as many queries whatever their number."""
    for one in planned.new:
        one.activity = activity
    if planned.gone:
        Participant.objects.filter(pk__in=[one.pk for one in planned.gone]).delete()
    if planned.changed:
        Participant.objects.bulk_update(planned.changed, ["role", "answer"])
    Participant.objects.bulk_create(planned.new)


@transaction.atomic
def answer(record: Record, *, actor: Actor, answer: str, participant: int | None = None) -> Participant:
    """What somebody says to his invitation: the actor's own, or that of ``participant``, noted by who may change it.

    Raises ``ValidationError`` (``answer``, ``participant``) and ``PermissionDenied``.
    """
    activity = Activity.objects.select_for_update(no_key=True, of=("self",)).get(pk=record.pk)
    if answer not in Answer.values:
        raise ValidationError({"answer": _("Possible values: %(names)s.") % {"names": ", ".join(Answer.values)}})
    people = {one.pk: one for one in participants_of(activity)}
    own = next((one for one in people.values() if one.user is not None and one.user == actor.user), None)
    person = own if participant is None else people.get(participant)
    if person is None and participant is not None:
        raise ValidationError({"participant": _("This does not exist.")})
    if person is None or (person is not own and actor.user and not may(actor.user, Action.CHANGE, record)):
        raise PermissionDenied(_("You may not change this."))
    acting(actor, "activity.answer")
    person.answer = answer
    person.save(update_fields=["answer"])
    return person


def _wrong(one: Invited, path: str, actor: Actor, *, is_new: bool) -> dict[str, str]:
    """What speaks against somebody, by field."""
    if one.user is not None:
        if one.user.company_id != actor.company.pk:
            return {f"{path}.user": _("This does not exist.")}
        if is_new and not one.user.is_active:
            return {f"{path}.user": _("%(name)s no longer works here.") % {"name": one.user.name}}
        return {}
    if one.contact is not None:
        if one.contact.company_id != actor.company.pk:
            return {f"{path}.contact": _("This does not exist.")}
        return {} if one.contact.declaration.is_contact else {f"{path}.contact": _("This is no contact.")}
    errors = {}
    if "\x00" in one.name or len(one.name) > 200:
        errors[f"{path}.name"] = _("At most %(n)d characters.") % {"n": 200}
    try:
        validate_email(one.email)
    except ValidationError:
        errors[f"{path}.email"] = _("“%(text)s” is no e-mail address.") % {"text": one.email}
    if len(one.email) > 254:
        errors[f"{path}.email"] = _("At most %(n)d characters.") % {"n": 254}
    return errors


def _signs(person: Participant) -> set[Key]:
    """By what one knows that somebody is there twice: himself, and his address."""
    address = person.card.email.casefold()
    return {key_of(person), ("email", address)} if address else {key_of(person)}


def fetch_cards(contacts: Sequence[Record]) -> None:
    """All that the cards of these contacts are made of, in as many queries whatever their number."""
    prefetch_related_objects(contacts, *_card_relations())


def _card_relations() -> list[str]:
    """From a contact to all that its card is made of, whatever kinds of contacts and parties there are."""
    of_parties = [f"party__{kind.accessor}" for kind in kinds if kind.is_party]
    return [*(kind.accessor for kind in kinds if kind.is_contact), *of_parties]
