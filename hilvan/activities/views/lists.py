"""The list and the board, now and as of an instant."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from hilvan.people.permissions import Action
from hilvan.records.history import is_settled
from hilvan.records.kinds import kinds
from hilvan.web.views_changes import wants_part
from hilvan.web.views_lists import selectable, signed_in

from .. import counts, selection
from ..filters import EVERY_STATE, QUICK_VIEWS, FilterForm
from ..models import State
from ..rows import Shown

COUNTED = 1000
"""A list's total is counted no further."""


@require_GET
def activity_list(request: HttpRequest) -> HttpResponse:
    """Rows in an order, page by page."""
    user = signed_in(request)
    form = FilterForm(request.GET, user=user)
    context = _shell(request, form)
    if form.is_valid():
        as_of = form.cleaned_data["as_of"]
        try:
            page = selection.page(
                user,
                form.filters(),
                as_of=as_of,
                order=form.cleaned_data["order"] or "end",
                cursor=request.GET.get("cursor"),
            )
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            total = selection.count(user, form.filters(), as_of=as_of, at_most=COUNTED + 1)
            if as_of is None:
                context |= selectable(kinds["activity"], user, form.asked(), total)
            context |= {
                "rows": Shown(user, as_of).rows(page.items),
                "next": page.next,
                "total_label": number_format(min(total, COUNTED), force_grouping=True) + "+" * (total > COUNTED),
                "sorting": _sorting(form.cleaned_data["order"] or "end"),
            }
    return _answer(request, form, context)


@require_GET
def activity_board(request: HttpRequest) -> HttpResponse:
    """A column for each state, with its exact count and its first cards."""
    user = signed_in(request)
    form = FilterForm(request.GET, user=user, board=True)
    context = _shell(request, form, is_board=True)
    if form.is_valid():
        as_of, filters = form.cleaned_data["as_of"], form.filters()
        shown = Shown(user, as_of)
        cards = selection.cards(user, filters, as_of=as_of)
        counted = {row["state"]: row["count"] for row in counts.summary(user, filters, group_by=["state"], as_of=as_of)}
        asked = form.asked()
        context["lanes"] = [
            {
                "state": state.value,
                "label": state.label,
                "count": counted.get(state.value, 0),
                "cards": shown.rows(cards[state.value]),
                "left": counted.get(state.value, 0) - len(cards[state.value]),
                "url": list_url({**asked, "state": state.value}),
            }
            for state in State
        ]
        context["may_move"] = as_of is None and user.may(Action.CHANGE, "activity")
    return _answer(request, form, context)


def _shell(request: HttpRequest, form: FilterForm, is_board: bool = False) -> dict[str, Any]:
    """What list and board have in common: filters, quick views, the way from one to the other, the instant."""
    asked = form.asked()
    form.full_clean()
    as_of = form.cleaned_data.get("as_of")
    here = reverse("activity_board" if is_board else "activity_list")
    instant = {name: value for name, value in asked.items() if name == "as_of"}
    chosen = _without(asked, "as_of", "order")
    views = [
        {
            "label": EVERY_STATE if is_board and not view.asks else view.label,
            "url": f"?{urlencode({**view.asks, **instant})}" if view.asks or instant else here,
            "current": _without(view.asks, "order") == chosen,
        }
        for view in QUICK_VIEWS
        if not (is_board and "state" in view.asks)
    ]
    return {
        "form": form,
        "is_board": is_board,
        "as_of": as_of,
        "as_of_unsettled": as_of is not None and not is_settled(as_of),
        "quick_views": views,
        "chosen_count": len(chosen),
        "chosen_more": sum(name in form.more for name in chosen),
        "clear_url": f"?{urlencode(instant)}" if instant else here,
        "list_url": list_url(asked),
        "board_url": reverse("activity_board") + _query(_without(asked, "state", "order")),
        "here": here + _query(asked),
        "action": here,
    }


def _answer(request: HttpRequest, form: FilterForm, context: dict[str, Any]) -> HttpResponse:
    """The page, or for htmx the part that a filter changes; 422 where a filter says what can't be."""
    partial = wants_part(request)
    response = render(
        request,
        "activities/browse.html" + ("#answer" if partial else ""),
        {**context, "partial": partial},
        status=422 if form.errors else 200,
    )
    if partial:
        response["HX-Push-Url"] = context["here"]
    return response


def _sorting(order: str) -> dict[str, dict[str, str]]:
    """For each column that can sort: how it stands now (``aria-sort``), and the order that a click asks for."""
    columns = {}
    for name, first in (("end", "end"), ("number", "-number"), ("priority", "-priority"), ("subject", "subject")):
        if order == name:
            columns[name] = {"direction": "ascending", "order": f"-{name}"}
        elif order == f"-{name}":
            columns[name] = {"direction": "descending", "order": name}
        else:
            columns[name] = {"direction": "", "order": first}
    return columns


def list_url(asked: dict[str, str]) -> str:
    return reverse("activity_list") + _query(asked)


def _without(asked: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name not in names}


def _query(asked: dict[str, str]) -> str:
    return f"?{urlencode(asked)}" if asked else ""
