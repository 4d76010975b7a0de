"""The board of a kind: its records side by side by their states, and what takes a card from one lane to another.

A lane shows its first cards, and exactly how many there are and what they sum up to. By mouse a card is dragged; by
keyboard, on a telephone and without a script its menu does the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hilvan.people.models import Team, User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Board, Fact, Kind, Lane, Verb
from hilvan.records.models import Record, visible
from hilvan.records.services import may

from .links import record_url
from .views_changes import back_to
from .views_lists import fitting, own_filters, signed_in, visible_record

CARDS = 30


class BoardFilters(forms.Form):
    """What can be asked of a kind's board: whose cards, and what the kind itself offers."""

    owner = forms.ChoiceField(label=gettext_lazy("Responsible"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)

    def __init__(self, data: Any, *, kind: Kind, board: Board, user: User) -> None:
        super().__init__(data, auto_id="filter_%s")
        people = User.objects.filter(company=user.company_id, is_active=True).order_by("name")
        teams = Team.objects.filter(company=user.company_id, is_active=True).order_by("name")
        self._choices("owner", {"": _("Anybody"), "me": _("Me"), "nobody": _("Nobody")}, people)
        self._choices("team", {"": _("Any team"), "mine": _("My teams")}, teams)
        parts = list(board.parts(user.company))
        self.part_name = next((one.name for one in kind.filters if one.choices == board.parts), "part")
        self.fields |= own_filters(kind, user)
        if parts:
            self.fields[self.part_name] = forms.ChoiceField(label=board.part_label, required=False, choices=parts)
        if not self.is_valid():  # an address written by hand: what is no choice counts as not chosen
            self.data = {name: value for name, value in self.data.items() if name not in self.errors}
            self.full_clean()
        for name in self.chosen:
            self.fields[name].widget.attrs["class"] = "chosen"

    @property
    def part(self) -> str:
        return str(self.cleaned_data.get(self.part_name) or "")

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def of_people(self, user: User) -> Q:
        """Whose records, as a condition on the kind's own table."""
        owner, team = self.cleaned_data.get("owner"), self.cleaned_data.get("team")
        condition = Q()
        if owner:
            keys: dict[str, Any] = {"me": user.pk, "nobody": None}
            condition &= Q(record__owner=keys[owner] if owner in keys else int(owner))
        if team:
            condition &= Q(record__team__in=user.team_ids if team == "mine" else [int(team)])
        return condition

    def _choices(self, name: str, first: Mapping[str, str], rest: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*first.items(), *((str(key), label) for key, label in rest.values_list("pk", "name"))]


@require_GET
def record_board(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The records of a kind that the user may see, by lanes."""
    user, board = signed_in(request), kind.board
    if board is None or not user.may(Action.VIEW, kind.name):
        raise Http404
    filters = BoardFilters(request.GET, kind=kind, board=board, user=user)
    own = {name: value for name, value in filters.chosen.items() if name != filters.part_name}
    query = kind.model._default_manager.filter(
        visible(user, "record__"),
        filters.of_people(user),
        fitting(kind, own),
        company=user.company_id,
        record__archived_at=None,
    )
    lanes = board.lanes(user.company, filters.part)
    here = reverse("record_board", kwargs={"kind": kind}, query=filters.chosen or None)
    context = {
        "kind": kind,
        "filters": filters,
        "lanes": _lanes(query, kind, board, lanes, here),
        "may_move": user.may(Action.CHANGE, kind.name),
        "may_create": user.may(Action.CREATE, kind.name),
        "here": here,
    }
    return render(request, "web/board.html", context)


@require_POST
def record_move(request: HttpRequest, kind: Kind, number: str, lane: str) -> HttpResponse:
    """Takes a record to another lane of its board where that is a mere change of one field."""
    user, board = signed_in(request), kind.board
    record = visible_record(kind, number, user)
    if board is None or not board.changes:
        raise Http404
    if not may(user, Action.CHANGE, record):
        raise PermissionDenied
    try:
        kind.change(record, actor=Actor.of(user, Channel.SCREEN), **{board.changes: lane})
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        state = kind.state(getattr(visible_record(kind, number, user), kind.accessor))
        messages.success(request, f"{number}: {state.label if state else _('Saved.')}")
    return redirect(back_to(request) or record_url(kind.name, number))


def _lanes(query: QuerySet[Any], kind: Kind, board: Board, lanes: Sequence[Lane], here: str) -> list[dict[str, Any]]:
    """Each lane with its first cards: as many queries as lanes, and one that counts and sums up all of them."""
    sums = {
        f"lane{n}_{name}": Sum(expression, filter=lane.condition)
        for n, lane in enumerate(lanes)
        for name, expression in board.sums.items()
    }
    counts = {f"lane{n}": Count("pk", filter=lane.condition) for n, lane in enumerate(lanes)}
    told = query.aggregate(**counts, **sums)
    along = ["record__party", "record__owner", *kind.related]
    shown = []
    for n, lane in enumerate(lanes):
        models = query.filter(lane.condition).select_related(*along).order_by(*board.order)[:CARDS]
        cards = [_card(model, kind, board, lanes, here) for model in models]
        shown.append(
            {
                "lane": lane,
                "count": told[f"lane{n}"],
                "sums": board.say_sums({name: told[f"lane{n}_{name}"] for name in board.sums}),
                "cards": cards,
                "left": told[f"lane{n}"] - len(cards),
                "list_url": reverse("record_list", kwargs={"kind": kind}, query={"state": lane.state.code}),
            }
        )
    return shown


def _card(model: Any, kind: Kind, board: Board, lanes: Sequence[Lane], here: str) -> dict[str, Any]:
    record: Record = model.record
    verbs = {verb.name: verb for verb in kind.verbs}
    possible = board.moves(model, lanes)
    facts: Sequence[Fact] = board.card(model)
    return {
        "record": record,
        "url": record_url(kind.name, record.number),
        "facts": facts,
        "moves": [
            _move(record, board, lane, verbs.get(possible[lane.state.code]), here)
            for lane in lanes
            if lane.state.code in possible
        ],
    }


def _move(record: Record, board: Board, lane: Lane, verb: Verb | None, here: str) -> dict[str, Any]:
    """An entry of a card's menu; one that ``asks`` opens a form first."""
    code = lane.state.code
    if verb is None:
        url = record_url(record.kind, record.number, "record_move", lane=code)
        return {"to": code, "label": lane.state.label, "icon": "arrow-right", "url": url, "asks": False}
    url = record_url(record.kind, record.number, "record_verb", verb=verb.name)
    if verb.form is None:
        return {"to": code, "label": verb.label, "icon": verb.icon, "url": url, "asks": False}
    asked = {"next": here, **({board.changes: code} if board.changes in verb.form.base_fields else {})}
    label = (
        f"{str(verb.label).rstrip('…')}: {lane.state.label}…" if board.changes in verb.form.base_fields else verb.label
    )
    return {"to": code, "label": label, "icon": verb.icon, "url": f"{url}?{urlencode(asked)}", "asks": True}
