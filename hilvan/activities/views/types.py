"""The types of activity and their results, for who administers the company."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from hilvan.administration.access import administrator
from hilvan.web.views_changes import put_errors, sent

from ..models import ActivityResult, ActivityType
from ..type_forms import ResultForm, TypeForm
from ..type_services import put_result, put_type


def type_list(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    offered = Prefetch("results", ActivityResult.objects.filter(is_active=True), "offered")
    types = ActivityType.objects.filter(company=by.company_id).select_related("next_type", "default_assignee")
    context = {
        "types": types.prefetch_related(offered).order_by("-is_active", "position", "id"),
        "results": ActivityResult.objects.filter(company=by.company_id, type=None),
    }
    return render(request, "activities/types.html", context)


def type_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """A new type, or one that exists, with its results."""
    by = administrator(request)
    types = ActivityType.objects.filter(company=by.company_id)
    type = get_object_or_404(types, pk=key) if key is not None else None
    form = TypeForm(sent(request), by=by, type=type)
    if form.is_valid():
        try:
            saved = put_type(get_object_or_404(types, pk=key) if type else None, by=by, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("activity_type_list") if type else redirect("activity_type_page", saved.pk)
    context = {"form": form, "type": type, "results": type.results.all() if type else []}
    return render(request, "activities/type.html", context, status=422 if form.errors else 200)


def result_form(request: HttpRequest, key: int | None = None, of: int | None = None) -> HttpResponse:
    """A new result, of the type ``of`` or of all, or one that exists."""
    by = administrator(request)
    results = ActivityResult.objects.filter(company=by.company_id).select_related("type")
    result = get_object_or_404(results, pk=key) if key is not None else None
    type = get_object_or_404(ActivityType, pk=of, company=by.company_id) if of is not None else None
    type = result.type if result else type
    form = ResultForm(sent(request), result=result)
    if form.is_valid():
        try:
            put_result(get_object_or_404(results, pk=key) if result else None, by=by, type=type, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("activity_type_page", type.pk) if type else redirect("activity_type_list")
    context = {"form": form, "result": result, "type": type}
    return render(request, "activities/result.html", context, status=422 if form.errors else 200)
