"""The whole list as a file, now and as of an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hilvan.people.models import User
from hilvan.web import export
from hilvan.web.columns import referring
from hilvan.web.export import Column
from hilvan.web.views_lists import signed_in

from .. import moments, selection
from ..filters import FilterForm
from ..models import RESULT_NAMES, TYPE_NAMES, Activity, HoldReason, Priority, State
from ..selection import Filters
from .lists import list_url


@require_GET
def activity_export(request: HttpRequest) -> HttpResponseBase:
    """What the list would show, in its order; where a filter can't be used, the list says so."""
    user = signed_in(request)
    form = FilterForm(request.GET, user=user)
    back = list_url(form.asked())
    if not form.is_valid():
        return redirect(back)
    as_of, filters = form.cleaned_data["as_of"], form.filters()
    return export.answer(
        request,
        name=_("Activities"),
        columns=columns(user, as_of),
        rows=rows(user, filters, as_of=as_of, order=form.cleaned_data["order"] or "end"),
        count=lambda at_most: selection.count(user, filters, as_of=as_of, at_most=at_most),
        back=back,
    )


def keys_listed(asked: QueryDict, user: User) -> QuerySet[Any, Any]:
    """The keys of what a list of now shows for such an address; none where a filter can't be used."""
    form = FilterForm(asked, user=user)
    if not form.is_valid() or form.cleaned_data["as_of"]:
        return Activity.objects.none().values_list("pk")
    return selection.select(user, form.filters()).values_list("key")


def rows(user: User, filters: Filters, *, as_of: dt.datetime | None, order: str) -> Iterator[dict[str, Any]]:
    """All rows, page by page; those of now with their description."""
    cursor: str | None = ""
    while cursor is not None:
        page = selection.page(user, filters, as_of=as_of, order=order, cursor=cursor, size=export.CHUNK)
        keys = [] if as_of else [row["key"] for row in page.items]
        texts = dict(Activity.objects.filter(pk__in=keys).values_list("pk", "description"))
        yield from (row | {"description": texts.get(row["key"], "")} for row in page.items)
        cursor = page.next


def columns(user: User, as_of: dt.datetime | None) -> list[Column]:
    """Those of the list, and every plain field."""

    def moment(start: str, end: str, which: int) -> Callable[[dict[str, Any]], dt.date | None]:
        """A date of whole days, otherwise an instant."""

        def value(row: dict[str, Any]) -> dt.date | None:
            pair = (row[start], row[end])
            return moments.days(*pair, user.company.zone)[which] if row["all_day"] else pair[which]

        return value

    def field(name: str) -> Callable[[dict[str, Any]], Any]:
        return lambda row: row[name]

    return [
        Column(_("Number"), field("number")),
        Column(_("Subject"), field("subject")),
        Column(_("Type"), lambda row: row["type__name"] or str(TYPE_NAMES.get(row["type__code"], row["type__code"]))),
        Column(_("State"), lambda row: str(State(row["state"]).label)),
        Column(_("Priority"), lambda row: str(Priority(row["priority"]).label)),
        *referring(_("Customer or supplier"), field("party")),
        *referring(_("Contact"), field("contact")),
        *referring(_("Origin"), field("origin")),
        Column(_("Assigned to"), field("assignee__name")),
        Column(_("Team"), field("team__name")),
        Column(_("Start"), moment("start_at", "end_at", 0)),
        Column(_("End"), moment("start_at", "end_at", 1)),
        Column(_("Deferred"), field("deferred")),
        Column(_("Promised start"), moment("promised_start_at", "promised_end_at", 0)),
        Column(_("Promised end"), moment("promised_start_at", "promised_end_at", 1)),
        Column(_("Times deferred"), field("deferrals")),
        Column(_("Reminder"), field("remind_at")),
        Column(_("Place or video link"), field("place")),
        Column(_("Estimated time, minutes"), field("estimated_minutes")),
        Column(_("Spent time, minutes"), field("spent_minutes")),
        Column(_("Begun"), field("begun_at")),
        Column(_("Closed"), field("closed_at")),
        Column(
            _("Result"),
            lambda row: row["result__name"] or str(RESULT_NAMES.get(row["result__code"], row["result__code"] or "")),
        ),
        Column(_("Waiting for"), lambda row: row["hold_reason"] and str(HoldReason(row["hold_reason"]).label)),
        Column(_("Until"), field("hold_until")),
        *([] if as_of else [Column(_("Description"), field("description"))]),
        Column(_("Created"), field("created_at")),
        Column(_("Archived"), field("archived_at")),
        Column(_("Foreign reference"), field("ref")),
    ]
