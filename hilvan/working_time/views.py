"""The working calendar, for who administers the company: hours and region, days off, and what comes of them."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hilvan.administration.access import administrator
from hilvan.web.views_changes import put_errors, sent

from . import services
from .calendar import public_holidays
from .forms import CalendarForm, DayOffForm
from .models import DayOff


def working_calendar(request: HttpRequest) -> HttpResponse:
    """Hours and region; beside them the days off of this year and the next."""
    by = administrator(request)
    kept = services.calendar_of(by.company)
    initial = {"region": kept.region, **{f"day_{n}": hours for n, hours in enumerate(kept.week)}}
    form = CalendarForm(sent(request), initial=initial)
    if form.is_valid():
        try:
            services.set_calendar(by=by, region=form.cleaned_data["region"], week=form.week)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved. It counts for what is promised from now on."))
            return redirect("working_calendar")
    return _page(request, form, DayOffForm())


@require_POST
def day_off_add(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    form = DayOffForm(request.POST)
    if form.is_valid():
        try:
            services.add_day_off(by=by, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("working_calendar")
    kept = services.calendar_of(by.company)
    initial = {"region": kept.region, **{f"day_{n}": hours for n, hours in enumerate(kept.week)}}
    return _page(request, CalendarForm(initial=initial), form)


@require_POST
def day_off_remove(request: HttpRequest, key: int) -> HttpResponse:
    by = administrator(request)
    services.remove_day_off(get_object_or_404(DayOff, pk=key, company=by.company_id), by=by)
    messages.success(request, _("Taken away."))
    return redirect("working_calendar")


def _page(request: HttpRequest, form: CalendarForm, day_off: DayOffForm) -> HttpResponse:
    by = administrator(request)
    today = timezone.localdate()
    region = services.calendar_of(by.company).region
    coming = [
        (day, name)
        for year in (today.year, today.year + 1)
        for day, name in sorted(public_holidays(region, year).items())
        if today <= day < today + dt.timedelta(days=365)
    ]
    context = {
        "form": form,
        "day_off": day_off,
        "days_off": DayOff.objects.filter(company=by.company_id, last__gte=today),
        "holidays": coming,
    }
    return render(request, "working_time/calendar.html", context, status=422 if form.errors or day_off.errors else 200)
