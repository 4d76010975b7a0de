"""Create on lists: from the row in focus its Create menu, from several rows one form and one command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.forms import RecordForm
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Kind, kinds
from hilvan.records.models import Record
from hilvan.records.services import Creatable, MayExist, creatable
from hilvan.records.several import AT_MOST, Candidate, RefusedFor, candidates, create_from_each, shared

from .views_changes import answer, put_errors, sent
from .views_lists import ListFilters, filters_of, listed, makes, of_kind, signed_in
from .views_records import create_menu

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Listing = Callable[[QueryDict, User], QuerySet[Any, Any]]
listings: dict[str, Listing] = {}
"""Kind → the keys of what its list shows to a user for such an address, for a kind with filters of its own."""


@dataclass(frozen=True)
class Chosen:
    """The records that an address or a form names, as far as the user may see them."""

    records: list[Record]
    missing: int = 0
    """How many of those named are not there."""
    too_many: bool = False


def record_create(request: HttpRequest, kind: Kind) -> HttpResponse:
    """What can be created from the chosen rows of a list: a menu, and without a script a page with it."""
    user = signed_in(request)
    filters_of(request, kind)
    chosen = chosen_of(request.GET, kind, user)
    context = {
        "kind": kind,
        "chosen": chosen,
        "at_most": AT_MOST,
        "entries": _menu(request, kind, chosen.records, user),
        "is_part": "HX-Request" in request.headers,
    }
    return render(request, "web/create.html" + ("#menu" if context["is_part"] else ""), context)


def record_create_each(request: HttpRequest, kind: Kind, made: Kind) -> HttpResponse:
    """One form, and from it a new record from each of the chosen ones that it can be made from."""
    user = signed_in(request)
    filters = filters_of(request, kind)
    start = made.start_from(kind.name)
    if start is None or start.gathers:
        raise Http404
    if not user.may(Action.CREATE, made.name):
        raise PermissionDenied
    back = _back(request, kind, filters)
    chosen = chosen_of(request.POST if request.method == "POST" else request.GET, kind, user)
    if chosen.too_many:
        messages.error(request, too_many())
        return redirect(back)
    if not chosen.records and request.method != "POST":
        raise Http404
    found = candidates(made, chosen.records, user)
    able = [one for one in found if not one.why_not]
    if not able and request.method != "POST":
        messages.error(request, found[0].why_not)
        return redirect(back)
    form, own = form_for_each(made, able, sent(request), user)
    if request.method == "POST":
        for words in _against(chosen, found):
            form.add_error(None, words)
    context: dict[str, Any] = {
        "each": {"kind": kind, "able": able, "unable": [one for one in found if one.why_not], "own": own},
        "missing": chosen.missing,
        "cancel_url": back,
        "save_label": _("Create"),
    }
    if form.is_valid():
        left = [name for name in own if form.cleaned_data.get(name) in (None, "")]
        fields = {name: value for name, value in form.service_fields().items() if name not in left}
        try:
            born = create_from_each(made, able, actor=Actor.of(user, Channel.SCREEN), **fields)
        except RefusedFor as refused:
            form.add_error(None, _("None has been created: it can't be done from %(record)s.") % {"record": refused})
            put_errors(form, refused.error)
        except MayExist as asks:
            return answer(request, made, form, {**context, "similar": asks.similar})
        else:
            messages.success(request, _told(born))
            return redirect(back)
    return answer(request, made, form, context)


def chosen_of(data: QueryDict, kind: Kind, user: User) -> Chosen:
    """By their numbers (``record``), or all that the list's filters let through (``all``)."""
    if data.get("all"):
        records = _listed(data, kind, user).order_by("-pk")[: AT_MOST + 1]
        return Chosen([], too_many=True) if len(records) > AT_MOST else Chosen(list(records))
    numbers = dict.fromkeys(number.upper() for number in data.getlist("record"))
    if len(numbers) > AT_MOST:
        return Chosen([], too_many=True)
    records = _with_all_that_a_start_reads(kind, user).filter(number__in=[one for one in numbers if "\x00" not in one])
    found = {record.number: record for record in records}
    return Chosen([found[number] for number in numbers if number in found], missing=len(numbers) - len(found))


def form_for_each(
    kind: Kind, able: list[Candidate], data: Any, user: User
) -> tuple[RecordForm, dict[str, _StrOrPromise]]:
    """The form of a kind for several, and the labels of the fields of which each record has a value of its own.

    Such a field may still be filled in for all where nothing in it can mean "each one's own"; others are taken out.
    """
    alike, own = shared(able)
    if data is not None:  # it stays the form that was shown, though fewer may be left now
        own += [name for name in data.getlist("own") if name in alike]
        alike = {name: one for name, one in alike.items() if name not in own}
    form = kind.form(data, user=user, prefilled=alike, initial=dict.fromkeys(own))
    labels = {name: form.fields[name].label or name for name in own if name in form.fields}
    for name in labels:
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label, field.required = _("Each one’s own"), False
        elif isinstance(field, forms.CharField):
            field.widget.attrs["placeholder"], field.required = _("Each one’s own"), False
        else:
            del form.fields[name]
    for name, field in list(form.fields.items()):  # a contact of which party?
        if field.widget.attrs.get("data-near", name) not in form.fields:
            del form.fields[name]
    return form, labels


def too_many() -> str:
    return _("At most %(n)d records at once: choose fewer with the filters.") % {"n": AT_MOST}


def _with_all_that_a_start_reads(kind: Kind, user: User) -> Any:
    """What prefilling and its conditions ask of each record: read with it, not one by one."""
    along = ["root", "party__owner"]
    for one in kinds:
        if one.is_party:
            along += [f"party__{one.accessor}", *(f"party__{one.accessor}__{path}" for path in one.related)]
    return of_kind(kind, user).select_related(*along).prefetch_related(*kind.collected)


def _listed(data: QueryDict, kind: Kind, user: User) -> Any:
    records = _with_all_that_a_start_reads(kind, user)
    if kind.name in listings:
        return records.filter(pk__in=listings[kind.name](data, user))
    return records.filter(pk__in=listed(kind, user, ListFilters(data, kind=kind, user=user)).values("pk"))


def _menu(request: HttpRequest, kind: Kind, records: list[Record], user: User) -> list[dict[str, Any]]:
    """The entries of ``components/create_entries.html``: of one record its own menu, of several what can be made."""
    if len(records) == 1:
        return create_menu(records[0], user)
    menus = [creatable(record, user) for record in records]
    entries = []
    for made in makes(kind, user) if records else []:
        reasons = [entry.why_not for menu in menus for entry in menu if entry.kind is made]
        able = reasons.count("")
        entries.append(
            {
                "label": made.label,
                "icon": made.icon,
                "url": _url_of_several(request, kind, made, menus, records),
                "shortcut": made.shortcut,
                "allowed": able > 0,
                "why_not": reasons[0],
                "note": "" if able == len(records) else _("%(n)d of %(all)d") % {"n": able, "all": len(records)},
            }
        )
    return entries


def _url_of_several(
    request: HttpRequest, kind: Kind, made: Kind, menus: list[list[Creatable]], records: list[Record]
) -> str:
    """The form from which each of them makes one; or the one which takes them all, with those that can be taken."""
    start = made.start_from(kind.name)
    if start is None or not start.gathers:
        return f"{reverse('record_create_each', kwargs={'kind': kind, 'made': made})}?{request.GET.urlencode()}"
    able = [
        record.number
        for record, menu in zip(records, menus, strict=True)
        if any(entry.kind is made and entry.allowed for entry in menu)
    ]
    return reverse("record_new", kwargs={"kind": made}, query={start.gathers: ",".join(able)})


def _against(chosen: Chosen, found: list[Candidate]) -> list[str]:
    """What has changed since the form was shown."""
    words = [f"{one.origin}: {one.why_not}" for one in found if one.why_not]
    if chosen.missing:
        words.append(
            ngettext(
                "%(n)s of the chosen records is not there any more.",
                "%(n)s of the chosen records are not there any more.",
                chosen.missing,
            )
            % {"n": chosen.missing}
        )
    if not chosen.records:
        words.append(_("Choose at least one record."))
    return words


def _back(request: HttpRequest, kind: Kind, filters: ListFilters) -> str:
    """The list, with the filters that it had: they came along in the address."""
    query = request.GET.copy()
    for name in ("record", "all"):
        query.pop(name, None)
    return reverse("record_list", kwargs={"kind": kind}, query=query or None)


def _told(born: list[Record]) -> str:
    if len(born) == 1:
        return _("%(number)s has been created.") % {"number": born[0].number}
    return _("%(n)d records have been created, from %(first)s to %(last)s.") % {
        "n": len(born),
        "first": born[0].number,
        "last": born[-1].number,
    }
