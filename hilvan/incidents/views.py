"""The service levels, for who administers the company."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hilvan.administration.access import administrator
from hilvan.web.views_changes import put_errors, sent

from .level_forms import LevelsForm
from .levels import levels_of, set_levels


def service_levels(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    form = LevelsForm(sent(request), levels=levels_of(by.company))
    if form.is_valid():
        try:
            set_levels(form.chosen(), by=by)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved. It counts for what is promised from now on."))
            return redirect("service_levels")
    return render(request, "incidents/levels.html", {"form": form}, status=422 if form.errors else 200)
