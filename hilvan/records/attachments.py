"""Attaching files to records and taking them off. What may be attached, and how it is known, is in ``files``."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action

from .files import clean_name, media_type_of, why_not
from .history import Actor, acting, children_stood
from .models import Attachment, Record, new_uuid, visible
from .services import refuse, require

STORAGE = "attachments"
AT_ONCE = 20
"""So many files at most are attached by one command."""


def attach(record: Record, files: Sequence[File[Any]], *, actor: Actor) -> list[Attachment]:
    """Attach these files, all or none. Raises ``ValidationError`` (``files``) and ``PermissionDenied``.

    The bytes are stored before the rows are written, so that none is told of without them; where the rows can't be
    written they are taken away again.
    """
    require(actor, Action.CHANGE, record)
    named = [(clean_name(file.name or ""), file) for file in files]
    errors = [problem for name, file in named if (problem := why_not(name, file))]
    if not named:
        errors.append(_("Choose a file."))
    if len(named) > AT_ONCE:
        errors = [_("At most %(n)d files at once.") % {"n": AT_ONCE}]
    refuse({"files": errors} if errors else {})
    stored: list[Attachment] = []
    try:
        stored.extend(_store(record, name, file, actor) for name, file in named)
        with transaction.atomic():
            acting(actor, "attachment.add")
            return Attachment.objects.bulk_create(stored)
    except BaseException:
        for attachment in stored:
            storages[STORAGE].delete(attachment.stored_as)
        raise


@transaction.atomic
def detach(attachment: Attachment, *, actor: Actor) -> Attachment:
    """Take a file off its record's page; its bytes stay. Raises ``PermissionDenied``."""
    require(actor, Action.CHANGE, attachment.record)
    acting(actor, "attachment.remove")
    attachment = Attachment.objects.select_for_update(no_key=True).get(pk=attachment.pk)
    if attachment.archived_at is None:
        attachment.archived_at = actor.now
        attachment.save(update_fields=["archived_at"])
    return attachment


def attachments_of(record: Record, as_of: dt.datetime | None = None) -> list[Attachment]:
    """The files on a record, newest first; one query."""
    if as_of is None:
        return list(record.attachments.filter(archived_at=None).select_related("created_by").order_by("-id"))
    stood = children_stood(record, Attachment, as_of)
    return sorted((one for one in stood if one.archived_at is None), key=lambda one: -one.pk)


def find_attachment(user: User, key: Any) -> Attachment | None:
    """The file of this id on a record that the user may see, one that was taken off too: history leads to it."""
    query = Attachment.objects.filter(visible(user, "record__"), company=user.company_id, uuid=key)
    return query.select_related("record").first()


def content(attachment: Attachment) -> File[Any]:
    """The bytes, to be read in pieces. Raises ``FileNotFoundError`` where the storage has lost them."""
    return storages[STORAGE].open(attachment.stored_as)


def _store(record: Record, name: str, file: File[Any], actor: Actor) -> Attachment:
    key = new_uuid()
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    # The last digits, since the first ones tell the time: so that folders fill evenly.
    stored_as = storages[STORAGE].save(f"{record.company_id}/{key.hex[-2:]}/{key.hex}", file)
    return Attachment(
        uuid=key,
        company_id=record.company_id,
        record=record,
        name=name,
        media_type=media_type_of(name),
        size=file.size,
        sha256=digest.hexdigest(),
        stored_as=stored_as,
        created_by=actor.user,
        created_at=actor.now,
    )
