"""Writing and repeating notices. What sends them is ``delivery``."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Record, new_uuid
from hilvan.records.services import may

from .mail import renderers_of_several
from .models import Notice, Outsider, Reason, State, Suppression

WAKE = "hilvan_notices"
"""The PostgreSQL channel on which the worker hears that there is something to send."""


def suppression(recipient: User, actor: Actor, *, born_closed: bool = False) -> Suppression | None:
    """Why ``recipient`` would not be told of what ``actor`` does; None where the mail would be sent.

    Asked before saving (who will be told) and when the notice is written.
    """
    if actor.channel is Channel.IMPORT:
        return Suppression.IMPORT
    if born_closed:
        return Suppression.BORN_CLOSED
    if actor.user is not None and recipient.pk == actor.user.pk:
        wanted = recipient.notify_self
        if wanted is None:
            wanted = actor.company.notify_self
        if not wanted:
            return Suppression.ONESELF
    return unreachable(recipient)


def unreachable(recipient: User | Outsider) -> Suppression | None:
    """Why no mail can reach this person at all."""
    if isinstance(recipient, Outsider):
        return None if recipient.address else Suppression.NO_ADDRESS
    if not recipient.is_active:
        return Suppression.INACTIVE
    return None if recipient.email else Suppression.NO_ADDRESS


def foretell(recipient: User, actor: Actor, *, born_closed: bool = False) -> str:
    """Before saving, in the language of who reads it: whether ``recipient`` will be told, how, or why not."""
    name = recipient.get_short_name()
    why_not = suppression(recipient, actor, born_closed=born_closed)
    if why_not is Suppression.ONESELF:
        return _("No mail: you assign it to yourself.")
    if why_not is not None:
        return _("%(name)s will not be told: %(reason)s.") % {"name": name, "reason": why_not.label}
    if not settings.EMAIL_URL:
        return _("%(name)s will be told by mail as soon as a mail server is set up.") % {"name": name}
    return _("%(name)s will be told by mail, now.") % {"name": name}


def notify(
    record: Record,
    recipient: User,
    reason: Reason,
    *,
    actor: Actor,
    born_closed: bool = False,
    imported: bool = False,
) -> Notice:
    """Write into the ledger, in the caller's transaction, that ``recipient`` is to be told of ``record``.

    ``imported`` says that it concerns what was imported, of which nobody is told. Where the mail is not to be sent, the
    notice says why. All that one command over several records tells a person is one message. The worker is woken once
    the transaction has committed: inside it, a NOTIFY would make all commits wait for each other.
    """
    why_not = Suppression.IMPORT if imported else suppression(recipient, actor, born_closed=born_closed)
    notice = plan(record, recipient, reason, actor=actor, why_not=why_not)
    if actor.batch and notice.state == State.QUEUED and (record.kind, reason) in renderers_of_several:
        alike = Notice.objects.filter(batch=actor.batch, recipient=recipient, reason=reason, carrier=None)
        notice.batch, notice.carrier = actor.batch, alike.first()
    notice.save(force_insert=True)
    if notice.state == State.QUEUED:
        transaction.on_commit(wake, robust=True)
    return notice


def write(notices: Sequence[Notice]) -> None:
    """Write planned notices into the ledger, all at once, and wake the worker where some are to be sent."""
    Notice.objects.bulk_create(notices)
    if any(notice.state == State.QUEUED for notice in notices):
        transaction.on_commit(wake, robust=True)


def tell_of_oneself(recipient: User, reason: Reason, *, actor: Actor) -> Notice:
    """The same for what is about the recipient and no record (``ABOUT_ONESELF``)."""
    notice = plan(None, recipient, reason, actor=actor, why_not=unreachable(recipient))
    notice.save(force_insert=True)
    transaction.on_commit(wake, robust=True)
    return notice


def plan(
    record: Record | None, recipient: User | Outsider, reason: Reason, *, actor: Actor, why_not: Suppression | None
) -> Notice:
    """The notice of ``notify``, not saved yet."""
    outsider = recipient if isinstance(recipient, Outsider) else None
    return Notice(
        company=actor.company,
        record=record,
        recipient=recipient if isinstance(recipient, User) else None,
        name=outsider.name if outsider else "",
        language=outsider.language if outsider else "",
        address=recipient.address if isinstance(recipient, Outsider) else recipient.email,
        reason=reason,
        caused_by=actor.user,
        state=State.SUPPRESSED if why_not else State.QUEUED,
        suppressed_by=why_not or "",
        created_at=actor.now,
        due_at=actor.now,
    )


def may_repeat(user: User, notice: Notice) -> bool:
    """Whether a user who sees a notice may have it sent again."""
    return user.role.administers if notice.record is None else may(user, Action.CHANGE, notice.record)


def wake() -> None:
    """Tell the worker, best effort: its own clock is the guarantee."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {WAKE}")


@transaction.atomic
def send_again(notice: Notice, *, actor: Actor) -> Notice:
    """Tell the same person of the same thing once more, now. Raises ``PermissionDenied``.

    What still waits for its next attempt is brought forward; otherwise a new notice is written, and the old one stays
    as it is. A message about several records is repeated for those that the actor may change. For a person who can't be
    reached it says why.
    """
    if actor.company.pk != notice.company_id or (actor.user and not may_repeat(actor.user, notice)):
        raise PermissionDenied(_("You may not change this."))
    message = (
        Notice.objects.select_for_update(no_key=True, of=("self",))
        .select_related("record", "recipient")
        .get(pk=notice.carrier_id or notice.pk)
    )
    if message.state == State.QUEUED:
        Notice.objects.of_messages([message.pk]).update(due_at=timezone.now())
        notice.refresh_from_db()
    elif message.state != State.SENDING:
        told = [one for one in message.together() if actor.user is None or may_repeat(actor.user, one)]
        batch = new_uuid() if len(told) > 1 else None
        again = [
            plan(one.record, message.to, Reason(message.reason), actor=actor, why_not=unreachable(message.to))
            for one in told
        ]
        for one in again:
            one.batch, one.carrier = batch, again[0] if one is not again[0] else None
        again[0].save(force_insert=True)
        write(again[1:])
        notice = next(new for new, old in zip(again, told, strict=True) if old.pk == notice.pk)
    transaction.on_commit(wake, robust=True)
    return notice
