"""Lists of records of one kind: pages by key, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.search import matching
from hilvan.records.several import AT_MOST

from . import export
from .columns import columns_of
from .words import label_of

PAGE = 50
COUNTED = 1000


class ListFilters(forms.Form):
    """What can be asked of a kind's list."""

    q = forms.CharField(label=_("Text"), required=False, max_length=200, widget=forms.TextInput({"type": "search"}))
    owner = forms.ChoiceField(label=_("Responsible"), required=False, choices=[("", _("Anybody")), ("me", _("Me"))])
    state = forms.ChoiceField(label=_("State"), required=False)
    archived = forms.ChoiceField(
        label=_("Archived"), required=False, choices=[("", _("No")), ("1", _("Only archived"))]
    )

    party = forms.CharField(label=_("Customer or supplier"), required=False, max_length=40)

    def __init__(self, data: Any, *, kind: Kind, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        if not data.get("party"):  # asked for by a link from its page
            del self.fields["party"]
        state = self.fields["state"]
        assert isinstance(state, forms.ChoiceField)
        if kind.in_state is None:
            del self.fields["state"]
        else:
            state.choices = [("", _("Any")), *((one.code, one.label) for one in kind.states_of(user.company).values())]
        self.fields |= own_filters(kind, user)
        if not self.is_valid():  # an address written by hand: what is no choice counts as not chosen
            self.data = {name: value for name, value in self.data.items() if name not in self.errors}
            self.full_clean()
        for name in self.chosen:
            self.fields[name].widget.attrs["class"] = "chosen"

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


def own_filters(kind: Kind, user: User) -> dict[str, forms.ChoiceField]:
    """The fields of the kind's own filters; one with nothing to choose between is left out."""
    choices = {one.name: list(one.choices(user.company)) for one in kind.filters}
    return {
        one.name: forms.ChoiceField(label=one.label, required=False, choices=[("", _("Any")), *choices[one.name]])
        for one in kind.filters
        if choices[one.name]
    }


def fitting(kind: Kind, chosen: Mapping[str, str]) -> Q:
    """What is chosen of the kind's own filters, as a condition on its own table."""
    condition = Q()
    for one in kind.filters:
        if value := chosen.get(one.name):
            condition &= one.condition(value)
    return condition


@dataclass(frozen=True)
class Page:
    records: list[Record]
    next_url: str
    """The following page's address; empty on the last one."""
    first_url: str
    """The first page's address; empty on the first one."""
    total: str
    """How many there are in all: "1,000+" where they were not counted further."""
    count: int
    """The same as a number, which goes no further than one above that."""


def record_list(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The records of a kind that the user may see."""
    user = signed_in(request)
    filters = filters_of(request, kind)
    page = page_of(request, listed(kind, user, filters))
    context = {
        "kind": kind,
        "filters": filters,
        "page": page,
        "rows": [_row(kind, record) for record in page.records],
        "title_label": label_of(kind, "title"),
        "party_label": label_of(kind, "party_id") if "party" in kind.form.base_fields else "",
        "owner_label": label_of(kind, "owner_id"),
        "may_create": user.may(Action.CREATE, kind.name),
        **selectable(kind, user, filters.chosen, page.count),
    }
    return render(request, [f"{kind.path}/list.html", "web/list.html"], context)


def record_export(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    """The same records, all of them, as a file."""
    user = signed_in(request)
    filters = filters_of(request, kind)
    records = listed(kind, user, filters)
    return export.answer(
        request,
        name=str(kind.label_plural),
        columns=columns_of(kind),
        rows=export.by_key(records),
        count=lambda at_most: records.order_by()[:at_most].count(),
        back=reverse("record_list", kwargs={"kind": kind}, query=filters.chosen or None),
    )


def filters_of(request: HttpRequest, kind: Kind) -> ListFilters:
    """What is asked of a kind's list; 404 where the user may see no such records."""
    if not signed_in(request).may(Action.VIEW, kind.name):
        raise Http404
    return ListFilters(request.GET, kind=kind, user=signed_in(request))


def listed(kind: Kind, user: User, filters: ListFilters) -> QuerySet[Record]:
    """The records that a list shows, in no order."""
    chosen = filters.chosen
    records: Any = of_kind(kind, user)
    records = records.exclude(archived_at=None) if chosen.get("archived") else records.unarchived()
    if chosen.get("owner"):
        records = records.filter(owner=user)
    if number := chosen.get("party"):
        party = Record.objects.find(user, number)
        records = records.filter(party=party) if party else records.none()
    if kind.in_state and (state := chosen.get("state")):
        records = records.filter(pk__in=kind.model._base_manager.filter(kind.in_state(state)).values("pk"))
    if own := fitting(kind, chosen):
        records = records.filter(pk__in=kind.model._base_manager.filter(own).values("pk"))
    return records.filter(matching(chosen.get("q", ""), user))  # type: ignore[no-any-return]


def selectable(kind: Kind, user: User, chosen: Mapping[str, str], count: int) -> dict[str, Any]:
    """What ``components/selection.html`` and its menus need of a list with ``count`` rows (no more than counted)."""
    return {
        "create_url": reverse("record_create", kwargs={"kind": kind}) if makes(kind, user) else "",
        "chosen": chosen,
        "all_of_them": count if PAGE < count <= AT_MOST else 0,
    }


def makes(kind: Kind, user: User) -> list[Kind]:
    """The kinds that the user may create from records of this one, the activity first."""
    return [one for one in kinds if one.start_from(kind.name) and user.may(Action.CREATE, one.name)]


def signed_in(request: HttpRequest) -> User:
    """Who asks: the login middleware lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def of_kind(kind: Kind, user: User) -> Any:
    """The records of a kind that ``user`` may see, with all that its pages show of one, in one query."""
    along = [f"{kind.accessor}__{path}" for path in kind.related]
    return (
        Record.objects.visible_to(user)
        .filter(kind=kind.name)
        .select_related("party", "owner", "team", "origin", "created_by", kind.accessor, *along)
    )


def visible_record(kind: Kind, number: str, user: User) -> Record:
    """The record with its model instance along; what one may not see does not exist (404)."""
    record: Record | None = of_kind(kind, user).filter(number=number).first()
    if record is None:
        raise Http404
    return record


def page_of(request: HttpRequest, records: QuerySet[Record]) -> Page:
    """The page that the address asks for, newest first, and the number of them all: two queries."""
    counted = records.order_by()[: COUNTED + 1].count()
    total = number_format(min(counted, COUNTED), force_grouping=True) + ("+" if counted > COUNTED else "")
    after = request.GET.get("cursor", "")
    if after:
        if not after.isdecimal() or len(after) > 18:
            raise Http404
        records = records.filter(pk__lt=int(after))
    rows = list(records.order_by("-pk")[: PAGE + 1])
    address = request.GET.copy()
    address.pop("cursor", None)
    first_url = f"?{address.urlencode()}" if after else ""
    address["cursor"] = str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
    return Page(rows[:PAGE], f"?{address.urlencode()}" if address["cursor"] else "", first_url, total, counted)


def _row(kind: Kind, record: Record) -> dict[str, Any]:
    model = getattr(record, kind.accessor)
    return {
        "record": record,
        "state": kind.state(model),
        "cells": [(column, column.value(model)) for column in kind.columns],
    }
