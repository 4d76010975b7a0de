"""Writing and repeating notices. What sends them is ``delivery``."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Record
from hilvan.records.services import may

from .models import Notice, Reason, State, Suppression

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


def unreachable(recipient: User) -> Suppression | None:
    """Why no mail can reach this person at all."""
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
    notice says why. The worker is woken once the transaction has committed: inside it, a NOTIFY would make all commits
    wait for each other.
    """
    why_not = Suppression.IMPORT if imported else suppression(recipient, actor, born_closed=born_closed)
    notice = plan(record, recipient, reason, actor=actor, why_not=why_not)
    notice.save(force_insert=True)
    if notice.state == State.QUEUED:
        transaction.on_commit(wake, robust=True)
    return notice


def tell_of_oneself(recipient: User, reason: Reason, *, actor: Actor) -> Notice:
    """The same for what is about the recipient and no record (``ABOUT_ONESELF``)."""
    notice = plan(None, recipient, reason, actor=actor, why_not=unreachable(recipient))
    notice.save(force_insert=True)
    transaction.on_commit(wake, robust=True)
    return notice


def plan(
    record: Record | None, recipient: User, reason: Reason, *, actor: Actor, why_not: Suppression | None
) -> Notice:
    """The notice of ``notify``, not saved yet."""
    return Notice(
        company=actor.company,
        record=record,
        recipient=recipient,
        address=recipient.email,
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
    as it is. For a person who can't be reached it says why.
    """
    if actor.company.pk != notice.company_id or (actor.user and not may_repeat(actor.user, notice)):
        raise PermissionDenied(_("You may not change this."))
    notice = (
        Notice.objects.select_for_update(no_key=True, of=("self",))
        .select_related("record", "recipient")
        .get(pk=notice.pk)
    )
    if notice.state == State.QUEUED:
        notice.due_at = timezone.now()
        notice.save(update_fields=["due_at"])
    elif notice.state != State.SENDING:
        notice = plan(
            notice.record, notice.recipient, Reason(notice.reason), actor=actor, why_not=unreachable(notice.recipient)
        )
        notice.save(force_insert=True)
    transaction.on_commit(wake, robust=True)
    return notice
