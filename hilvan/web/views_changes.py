"""Forms over the registry: to create a record, from nothing or from another, to change it, and to take its verbs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.forms import RecordForm, value_of
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import Kind, Prefilled, Verb
from hilvan.records.models import Record
from hilvan.records.services import MayExist, archive, may, prefill

from .links import record_url
from .views_lists import signed_in, visible_record


def record_new(request: HttpRequest, kind: Kind) -> HttpResponse:
    """A new record; with ``?origin=NUMBER`` prefilled from that one, to which it will be linked.

    Further parameters fill the fields of their names, so that a bookmark can.
    """
    user = signed_in(request)
    if not user.may(Action.CREATE, kind.name):
        raise PermissionDenied
    origin = None
    prefilled = {}
    if number := request.GET.get("origin", ""):
        origin = Record.objects.find(user, number)
        if origin is None:
            raise Http404
        try:
            prefilled = prefill(kind, origin, user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(record_url(origin.kind, origin.number))
    cancel = record_url(origin.kind, origin.number) if origin else reverse("record_list", kwargs={"kind": kind})
    context = {"origin": origin, "cancel_url": cancel}
    return written(request, kind, filled(request, kind, user, prefilled), partial(kind.create, origin=origin), context)


def filled(request: HttpRequest, kind: Kind, user: User, prefilled: dict[str, Prefilled]) -> RecordForm:
    """The form for a new record: as it was sent, else prefilled; parameters of the address come before that."""
    initial = {name: value for name, value in request.GET.items() if name in kind.form.base_fields}
    return kind.form(sent(request), user=user, prefilled=prefilled, initial=initial)


def written(
    request: HttpRequest, kind: Kind, form: RecordForm, create: Callable[..., Record], context: dict[str, Any]
) -> HttpResponse:
    """Save what the form for a new record was sent, by ``create(actor=…, **fields)``, and go to it; else the form."""
    if form.is_valid():
        try:
            record = create(actor=Actor.of(form.user, Channel.SCREEN), **form.service_fields())
        except ValidationError as error:
            put_errors(form, error)
        except MayExist as asks:
            return answer(request, kind, form, {**context, "similar": asks.similar})
        else:
            messages.success(request, _("%(number)s has been created.") % {"number": record.number})
            return redirect(record_url(record.kind, record.number))
    return answer(request, kind, form, context)


def record_edit(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """The same form over a record that exists; only what was changed is given to the service."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    if not may(user, Action.CHANGE, record):
        raise PermissionDenied
    model = getattr(record, kind.accessor)
    page = record_url(kind.name, number)
    form = kind.form(sent(request), user=user, initial=kind.form.initial_of(model, user), changing=True)
    if form.is_valid():
        changed = {name: value for name, value in form.service_fields().items() if value_of(model, name) != value}
        try:
            if changed:
                kind.change(record, actor=Actor.of(user, Channel.SCREEN), **changed)
        except ValidationError as error:
            put_errors(form, error)
        except MayExist as asks:
            return answer(request, kind, form, {"record": record, "cancel_url": page, "similar": asks.similar})
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was different."))
            return redirect(page)
    return answer(request, kind, form, {"record": record, "cancel_url": page})


def record_verb(request: HttpRequest, kind: Kind, number: str, verb: str) -> HttpResponse:
    """A change of state: its own page asks for what it needs, the dialog of the record's page posts here too."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    one = next((one for one in kind.verbs if one.name == verb), None)
    if one is None:
        raise Http404
    if not may(user, Action.CHANGE, record):
        raise PermissionDenied
    page = back_to(request) or record_url(kind.name, number)
    if not one.offered(getattr(record, kind.accessor)):
        messages.error(request, _("“%(verb)s” can't be done now.") % {"verb": one.label})
        return HttpResponseClientRedirect(page) if wants_part(request) else redirect(page)
    form = verb_form(one, user, sent(request), initial=request.GET.dict())
    if form.is_valid():
        try:
            done = one.run(record, actor=Actor.of(user, Channel.SCREEN), **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            if isinstance(done, Record):
                page = record_url(done.kind, done.number)
            return HttpResponseClientRedirect(page) if wants_part(request) else redirect(page)
    context = {
        "kind": kind,
        "record": record,
        "form": form,
        "save_label": str(one.label).rstrip("…"),
        "next": back_to(request),
        "cancel_url": page,
    }
    template = "web/verb.html" + ("#dialog" if wants_part(request) else "")
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def record_archive(request: HttpRequest, kind: Kind, number: str) -> HttpResponse:
    """Takes a record out of the lists (``archived=1``), or brings it back (``archived=0``)."""
    user = signed_in(request)
    record = visible_record(kind, number, user)
    archived = request.POST.get("archived") == "1"
    (kind.archive or archive)(record, actor=Actor.of(user, Channel.SCREEN), archived=archived)
    if archived:
        messages.success(request, _("Archived. It no longer stands in the lists; nothing has been deleted."))
    else:
        messages.success(request, _("Brought back to the lists."))
    return redirect(record_url(kind.name, number))


def offered_verbs(record: Record, model: Any, user: User) -> list[dict[str, Any]]:
    """The verbs that make sense for a record now, each with its form, for buttons and dialogs."""
    return [
        {
            "verb": verb,
            "title": str(verb.label).rstrip("…"),
            "url": record_url(record.kind, record.number, "record_verb", verb=verb.name),
            "form": verb_form(verb, user, None),
        }
        for verb in record.declaration.verbs
        if verb.offered(model) and verb.shown_to(model, user)
    ]


def verb_form(verb: Verb, user: User, data: Any, initial: dict[str, Any] | None = None) -> forms.Form:
    """The form of a verb; an empty one where it asks for nothing. Its controls are named after the verb."""
    form, names = verb.form or forms.Form, f"{verb.name}_%s"
    if issubclass(form, RecordForm):
        return form(data, auto_id=names, user=user, initial=initial)
    return form(data, auto_id=names, initial=initial)


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; when it restores a page from the history, it wants all of it."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def back_to(request: HttpRequest) -> str:
    """Where to return afterwards, as long as it is a page of ours; "" where that is not said."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""


def sent(request: HttpRequest) -> Any:
    """What a form was sent; None where its page is only asked for."""
    return request.POST if request.method == "POST" else None


def put_errors(form: forms.Form, error: ValidationError) -> None:
    """A service's refusal beside the fields that it names ("participants.0.email" is in "participants", unless the form
    finds its place in their rows); what the form does not have goes on top of it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for path, errors in error.error_dict.items():
        name = path.partition(".")[0]
        place = path if name in getattr(form, "with_rows", ()) else name
        form.add_error(place if name in form.fields else None, errors)


def answer(request: HttpRequest, kind: Kind, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    """The form's page: 422 where it was refused, or where it asks whether it is meant so (``similar``)."""
    return render(
        request,
        [f"{kind.path}/form.html", "web/form.html"],
        {"kind": kind, "form": form, **context},
        status=422 if form.errors or "similar" in context else 200,
    )
