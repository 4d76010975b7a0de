"""Looking for records of any kind: the page of results, suggestions while one types, fields that take a record."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.db.models import Case, F, Q, Value, When
from django.db.models.lookups import Contains
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.kinds import kinds
from hilvan.records.models import Plain, Record
from hilvan.records.search import best_first, matching

from .commands import commands
from .views_lists import PAGE, page_of, signed_in

SUGGESTED = 10
SUGGESTED_PEOPLE = 5
LONGEST = 200


def search(request: HttpRequest) -> HttpResponse:
    """All records of any kind that hold the words; or all in which a party takes part. A single page is best first."""
    user = signed_in(request)
    q, of_kind, of_party = (request.GET.get(name, "").strip() for name in ("q", "kind", "party"))
    records = Record.objects.visible_to(user).select_related("party", "owner")
    party = None
    if of_party:
        party = Record.objects.find(user, of_party)
        if party is None:
            raise Http404
        records = records.filter(party=party).exclude(pk=party.pk)
    if of_kind in kinds:
        records = records.filter(kind=of_kind)
    asked = bool(q or party)
    page = page_of(request, records.filter(matching(q, user)) if asked else records.none())
    if not page.next_url and not page.first_url:
        page = replace(page, records=best_first(page.records, q))
    return render(
        request,
        "web/search.html",
        {
            "search_query": q,
            "party": party,
            "page": page,
            "asked": asked,
            "chosen_kind": of_kind if of_kind in kinds else "",
            "possible_kinds": [kind for kind in kinds if user.may(Action.VIEW, kind.name)],
        },
    )


def suggestions(request: HttpRequest) -> HttpResponse:
    """What the search box shows while one types: records by kind, the best of a few or the newest of many; commands."""
    user = signed_in(request)
    q = request.GET.get("q", "").strip()[:LONGEST]
    records = Record.objects.visible_to(user).unarchived().select_related("party").order_by("-pk")
    found = list(records.filter(matching(q, user))[:PAGE]) if q else []
    if len(found) < PAGE:
        found = best_first(found, q)
    groups: dict[str, list[Record]] = {}
    for record in found[:SUGGESTED]:
        groups.setdefault(record.kind, []).append(record)
    everything = f"{reverse('search')}?{urlencode({'q': q})}"
    context = {
        "groups": [(kinds[name], records) for name, records in groups.items()],
        "commands": commands(q, user),
        "everything": everything,
    }
    return render(request, "web/suggestions.html", {**context, "search_query": q})


def record_lookup(request: HttpRequest) -> HttpResponse:
    """Suggestions for a field that takes a record: ``q`` is what was typed, ``kinds`` those that fit.

    Those of the party that ``near`` begins with ("CLI-2026-000001 Ebro") come first; with ``people`` active users,
    "Ana Gil (@ana)", stand before them.
    """
    user = signed_in(request)
    wanted = [name for name in request.GET.get("kinds", "").split(",") if name in kinds]
    near = request.GET.get("near", "").replace("\x00", "").partition(" ")[0]
    records = (
        Record.objects.visible_to(user)
        .unarchived()
        .filter(matching(request.GET.get("q", ""), user), kind__in=wanted)
        .alias(is_far=Case(When(party__number=near, then=0), default=1))
        .order_by("is_far", "-id")[:SUGGESTED]
    )
    people = _people(user, request.GET.get("q", "")) if "people" in request.GET else []
    return JsonResponse({"items": [*people, *(str(record) for record in records)]})


def _people(user: User, q: str) -> list[str]:
    """The first active users of the company whose name or account holds what was typed."""
    active = User.objects.filter(company=user.company_id, is_active=True).order_by("name")
    for word in q.replace("\x00", "").replace("(@", " ").strip(" )").split():
        holds = Q(Contains(Plain(F("name")), Plain(Value(word)))) | Q(username__icontains=word)
        active = active.filter(holds)
    return [f"{one.name} (@{one.username})" for one in active[:SUGGESTED_PEOPLE]]
