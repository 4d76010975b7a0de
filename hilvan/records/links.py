"""Links between records, besides the one origin: what else a record was made of, and whatever people link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hilvan.people.models import User
from hilvan.people.permissions import Action

from .history import Actor, acting, children_stood
from .models import Link, LinkKind, Record
from .services import as_validation_error, check_company, require


@transaction.atomic
def link(record: Record, other: Record, *, actor: Actor, kind: str = LinkKind.RELATED) -> Link:
    """Link a record with another one, which the actor sees.

    Raises ``ValidationError`` (``other``) where it is the same, another company's, or linked already, and
    ``PermissionDenied``.
    """
    require(actor, Action.CHANGE, record)
    check_company(actor, other=other)
    if record.pk == other.pk:
        raise ValidationError({"other": _("A record can't be linked with itself.")})
    acting(actor, "link.add")
    made = Link(company=actor.company, record=record, other=other, kind=kind, created_at=actor.now)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        taken = ("other", _("They are linked already."))
        raise as_validation_error(error, {"link_once": taken, "link_related_once": taken}) from error
    return made


@transaction.atomic
def unlink(link: Link, record: Record, *, actor: Actor) -> None:
    """Take away, from one of its two records, what people linked; the history of both keeps it.

    A link of the document flow is part of how a record came to be, and stays: ``ValidationError`` (``other``). Raises
    ``PermissionDenied``.
    """
    require(actor, Action.CHANGE, record)
    if link.kind != LinkKind.RELATED:
        raise ValidationError({"other": _("This link is part of the document flow.")})
    acting(actor, "link.remove")
    link.delete()


def made_of(record: Record, sources: Iterable[Record], *, at: dt.datetime) -> None:
    """Note what else a new record was made of; for the service that makes it, which has claimed who acts."""
    Link.objects.bulk_create(
        Link(company_id=record.company_id, record=record, other=source, kind=LinkKind.SOURCE, created_at=at)
        for source in sources
        if source.pk != record.origin_id
    )


def related(record: Record, user: User, as_of: dt.datetime | None = None) -> list[tuple[Link, Record]]:
    """What people linked with a record, newest first, as far as ``user`` may see it: the link and the other record.

    Two queries.
    """
    if as_of is None:
        found = list(Link.objects.filter(Q(record=record) | Q(other=record), kind=LinkKind.RELATED).order_by("-id"))
    else:
        found = sorted(children_stood(record, Link, as_of), key=lambda link: -link.pk)
        found = [link for link in found if link.kind == LinkKind.RELATED]
    seen = Record.objects.visible_to(user).in_bulk([_far_end(link, record) for link in found])
    return [(link, seen[_far_end(link, record)]) for link in found if _far_end(link, record) in seen]


def _far_end(link: Link, record: Record) -> int:
    return link.other_id if link.record_id == record.pk else link.record_id
