"""The panels of what hangs on a record: files, and links to further records."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.attachments import attachments_of
from hilvan.records.files import PICTURES, TYPES, limit
from hilvan.records.forms import RecordField
from hilvan.records.links import related
from hilvan.records.models import Attachment, Record
from hilvan.records.services import may

from .links import as_of_query, record_url

THUMBNAIL = 1024 * 1024
"""Bytes up to which a picture is shown small: it is sent whole."""


class LinkForm(forms.Form):
    """With which record it is to be linked; of any kind."""

    other = RecordField(label=gettext_lazy("Record"), kinds=lambda kind: True)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "link_%s", **kwargs})
        field = self.fields["other"]
        assert isinstance(field, RecordField)
        field.user = user
        field.prepare()


def files_panel(
    record: Record, user: User, as_of: dt.datetime | None, errors: list[str] | None = None
) -> dict[str, Any]:
    """The files on a record, as it stands or stood; ``errors`` say why others were not taken. Two queries."""
    may_attach = as_of is None and may(user, Action.CHANGE, record)
    return {
        "files": [_file(one) for one in attachments_of(record, as_of)],
        "files_url": record_url(record.kind, record.number, "record_files"),
        "may_attach": may_attach,
        "file_errors": errors or [],
        "file_limit": limit(),
        "file_types": ",".join(f".{one}" for one in sorted({*TYPES, *settings.ATTACHMENT_TYPES})),
    }


def links_panel(record: Record, user: User, as_of: dt.datetime | None, form: LinkForm | None = None) -> dict[str, Any]:
    """What people have linked with a record, as far as the user may see it. Three queries."""
    may_link = as_of is None and may(user, Action.CHANGE, record)
    return {
        "linked": [
            {"key": link.pk, "record": other, "url": record_url(other.kind, other.number) + as_of_query(as_of)}
            for link, other in related(record, user, as_of)
        ],
        "links_url": record_url(record.kind, record.number, "record_links"),
        "link_form": (form or LinkForm(user=user)) if may_link else None,
    }


def _file(attachment: Attachment) -> dict[str, Any]:
    is_picture = attachment.media_type in PICTURES
    return {
        "key": str(attachment.uuid),
        "name": attachment.name,
        "size": filesizeformat(attachment.size),
        "at": attachment.created_at,
        "by": attachment.created_by.name if attachment.created_by else "Hilván",
        "url": reverse("attachment", args=[attachment.uuid]),
        "thumbnail": is_picture and attachment.size <= THUMBNAIL,
        "remove_label": _("Remove “%(name)s”") % {"name": attachment.name},
    }
