"""Writing and correcting notes. Pages and API call these."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from hilvan.notifications.models import Reason, Suppression
from hilvan.notifications.services import plan, suppression, write
from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, acting
from hilvan.records.models import Record
from hilvan.records.services import required_text

from .markdown import mentioned_in
from .models import Mention, Note

LONGEST = 10_000


def may_write(user: User, record: Record) -> bool:
    """Whether a user who sees the record may say something about it: whoever may change some of its kind."""
    return user.may(Action.CHANGE, record.kind) and record.company_id == user.company_id


@transaction.atomic
def write_note(record: Record, *, actor: Actor, text: str) -> Note:
    """A new note on a record that the actor sees; whom it mentions is told.

    Raises ``ValidationError`` (``text``) and ``PermissionDenied``.
    """
    _require(record, actor)
    said = _checked(text)
    acting(actor, "note.create")
    note = Note(company=actor.company, record=record, author=actor.user, text=said, created_at=actor.now)
    note.save(force_insert=True)
    _tell(note, actor)
    return note


@transaction.atomic
def correct_note(note: Note, *, actor: Actor, text: str) -> Note:
    """Its author's other wording; who is mentioned for the first time is told.

    Raises ``ValidationError`` (``text``) and ``PermissionDenied``.
    """
    _require(note.record, actor)
    if actor.user is None or actor.user.pk != note.author_id:
        raise PermissionDenied(_("Only its author may correct a note."))
    said = _checked(text)
    note = Note.objects.select_for_update(no_key=True, of=("self",)).select_related("record").get(pk=note.pk)
    if said != note.text:
        acting(actor, "note.change")
        note.text, note.edited_at = said, actor.now
        note.save(update_fields=["text", "edited_at"])
        _tell(note, actor)
    return note


def _require(record: Record, actor: Actor) -> None:
    if actor.company.pk != record.company_id or (actor.user is not None and not may_write(actor.user, record)):
        raise PermissionDenied(_("You may not write notes here."))


def _checked(text: str) -> str:
    return required_text(text, missing=_("Write something."), field="text", at_most=LONGEST)


def _tell(note: Note, actor: Actor) -> None:
    """Write into the ledger who is to be told of being mentioned, each once a note; not oneself."""
    named = mentioned_in(note.text)
    before = Mention.objects.filter(note=note).values("user")
    people = list(
        User.objects.filter(company=note.company_id)
        .annotate(key=Lower("username"))
        .filter(key__in=named)
        .exclude(pk__in=[actor.user.pk] if actor.user else [])
        .exclude(pk__in=before)
        .select_related("company", "role")
    )
    Mention.objects.bulk_create(Mention(company=actor.company, note=note, user=one, at=actor.now) for one in people)
    write([plan(note.record, one, Reason.MENTION, actor=actor, why_not=_why_not(note, one, actor)) for one in people])


def _why_not(note: Note, user: User, actor: Actor) -> Suppression | None:
    if not Record.objects.visible_to(user).filter(pk=note.record_id).exists():
        return Suppression.UNSEEN
    return suppression(user, actor)
