"""The technician's day, and what he notes on an order piece by piece. Every page of it works with one thumb."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hilvan.people.models import User
from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import may
from hilvan.web.links import record_url
from hilvan.web.views_changes import back_to, put_errors, sent
from hilvan.web.views_lists import signed_in, visible_record

from .day import day_of
from .forms import MaterialForm, TimeForm
from .models import Time
from .services import add_material
from .work import add_time, change_time, remove_time, tick_task


@require_GET
def work_day(request: HttpRequest) -> HttpResponse:
    """What the user has to do today, or on ``day``."""
    user = signed_in(request)
    if not user.may(Action.VIEW, "work_order"):
        raise PermissionDenied
    today = timezone.localdate(timezone=user.zone)
    try:
        date = dt.date.fromisoformat(request.GET.get("day", ""))
        day = day_of(user, date)
        before, after = date - dt.timedelta(days=1), date + dt.timedelta(days=1)
    except (ValueError, OverflowError):  # no day, or none of the calendar's
        date, day = today, day_of(user, today)
        before, after = date - dt.timedelta(days=1), date + dt.timedelta(days=1)
    context = {"kind": kinds["work_order"], "day": day, "today": today, "before": before, "after": after}
    return render(request, "work_orders/day.html", context)


def order_material(request: HttpRequest, order: str) -> HttpResponse:
    """One more line: what was used."""
    user, record = _asked(request, order)
    form = MaterialForm(sent(request), user=user, auto_id="material_%s")

    def save(actor: Actor) -> None:
        add_material(record, actor=actor, **{name: one for name, one in form.cleaned_data.items() if one is not None})

    return _noting(request, user, record, form, save, _("Add material"), "lines")


def order_times(request: HttpRequest, order: str) -> HttpResponse:
    """A time that nobody clocked."""
    user, record = _asked(request, order)
    form = TimeForm(sent(request), user=user, auto_id="time_%s")
    return _noting(
        request, user, record, form, lambda actor: add_time(record, actor=actor, **form.cleaned_data), _("Add a time"),
        "times",
    )  # fmt: skip


def order_time(request: HttpRequest, order: str, key: int) -> HttpResponse:
    """Puts a time right, or takes it away (``remove``)."""
    user, record = _asked(request, order)
    time = record.work_times.filter(pk=key).select_related("person", "record").first()
    if time is None:
        raise Http404
    if request.method == "POST" and "remove" in request.POST:
        return _done(request, record, lambda: remove_time(time, actor=Actor.of(user, Channel.SCREEN)), "times")
    initial = {name: getattr(time, name) for name in TimeForm.base_fields}
    form = TimeForm(sent(request), user=user, initial=initial, changing=True, auto_id="time_%s")

    def save(actor: Actor) -> None:
        given = {name: form.cleaned_data[name] for name in form.fields}
        change_time(time, actor=actor, **{name: one for name, one in given.items() if differs(time, name, one)})

    return _noting(request, user, record, form, save, _("Put the time right"), "times")


def differs(time: Time, name: str, given: Any) -> bool:
    """Whether a form was given something else: it shows no seconds, and leaves those of the clock as they are."""
    stands = getattr(time, name)
    if isinstance(stands, dt.datetime):
        return given is None or stands.replace(second=0, microsecond=0) != given
    return bool(stands != given)


@require_POST
def order_task(request: HttpRequest, order: str, key: int) -> HttpResponse:
    """Ticks a task (``done=1``), or takes the tick away (``done=0``)."""
    user, record = _asked(request, order)
    task = record.work_tasks.filter(pk=key).select_related("record").first()
    if task is None:
        raise Http404
    done = request.POST.get("done") == "1"
    return _done(request, record, lambda: tick_task(task, actor=Actor.of(user, Channel.SCREEN), done=done), "tasks")


def _asked(request: HttpRequest, order: str) -> tuple[User, Record]:
    """Who asks about which order; 404 for one that he may not see."""
    user = signed_in(request)
    record = visible_record(kinds["work_order"], order, user)
    if not may(user, Action.CHANGE, record):
        raise PermissionDenied
    return user, record


def _page(record: Record, panel: str) -> str:
    return f"{record_url(record.kind, record.number)}#{panel}"


def _done(request: HttpRequest, record: Record, change: Callable[[], object], panel: str) -> HttpResponse:
    """A change that asks for nothing; what stands against it is said on the order's page."""
    try:
        change()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(back_to(request) or _page(record, panel))


def _noting(
    request: HttpRequest,
    user: User,
    record: Record,
    form: forms.Form,
    save: Callable[[Actor], object],
    title: str,
    panel: str,
) -> HttpResponse:
    """The page of a small form about an order."""
    if form.is_valid():
        try:
            save(Actor.of(user, Channel.SCREEN))
        except ValidationError as error:
            put_errors_of_lines(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(_page(record, panel))
    context = {
        "kind": record.declaration,
        "record": record,
        "form": form,
        "save_label": title,
        "cancel_url": _page(record, panel),
    }
    return render(request, "web/verb.html", context, status=422 if form.errors else 200)


def put_errors_of_lines(form: forms.Form, error: ValidationError) -> None:
    """As ``put_errors``; a line's are those of the one line that the form asks for."""
    if hasattr(error, "error_dict"):
        of_line = {path.rpartition(".")[2]: errors for path, errors in error.error_dict.items()}
        error = ValidationError(of_line)
    put_errors(form, error)
