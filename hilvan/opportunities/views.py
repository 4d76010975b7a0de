"""Pipelines, stages and reasons of loss, for who administers the company; and the forecast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hilvan.administration.access import administrator
from hilvan.people.permissions import Action
from hilvan.web import export
from hilvan.web.views_changes import put_errors, sent
from hilvan.web.views_lists import signed_in

from . import forecast, pipelines
from .models import LostReason, Pipeline, Stage
from .pipeline_forms import ChoiceForm, StageForm


def pipeline_list(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    offered = Prefetch("stages", Stage.objects.filter(is_active=True), "offered")
    context = {
        "pipelines": Pipeline.objects.filter(company=by.company_id)
        .prefetch_related(offered)
        .order_by("-is_active", "position", "id"),
        "ends": Stage.objects.filter(company=by.company_id, pipeline=None),
        "reasons": LostReason.objects.filter(company=by.company_id).order_by("-is_active", "position", "id"),
    }
    return render(request, "opportunities/pipelines.html", context)


def pipeline_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """A new pipeline, or one that exists, with its stages."""
    by = administrator(request)
    pipeline = get_object_or_404(Pipeline, pk=key, company=by.company_id) if key is not None else None
    form = ChoiceForm(sent(request), choice=pipeline)
    saved = _saved(request, form, lambda fields: pipelines.put_pipeline(pipeline, by=by, **fields))
    if saved:
        return redirect("pipeline_list") if pipeline else redirect("pipeline_page", saved.pk)
    context = {"form": form, "pipeline": pipeline, "stages": pipeline.stages.all() if pipeline else []}
    return render(request, "opportunities/pipeline.html", context, status=422 if form.errors else 200)


def stage_form(request: HttpRequest, key: int | None = None, of: int | None = None) -> HttpResponse:
    """A new stage of the pipeline ``of``, or one that exists."""
    by = administrator(request)
    stages = Stage.objects.filter(company=by.company_id).select_related("pipeline")
    stage = get_object_or_404(stages, pk=key) if key is not None else None
    pipeline = stage.pipeline if stage else get_object_or_404(Pipeline, pk=of, company=by.company_id)
    form = StageForm(sent(request), choice=stage)
    if _saved(request, form, lambda fields: pipelines.put_stage(stage, by=by, pipeline=pipeline, **fields)):
        return redirect("pipeline_page", pipeline.pk) if pipeline else redirect("pipeline_list")
    context = {"form": form, "choice": stage, "new": _("New stage"), "pipeline": pipeline}
    return render(request, "opportunities/choice.html", context, status=422 if form.errors else 200)


def lost_reason_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    by = administrator(request)
    reason = get_object_or_404(LostReason, pk=key, company=by.company_id) if key is not None else None
    form = ChoiceForm(sent(request), choice=reason)
    if _saved(request, form, lambda fields: pipelines.put_lost_reason(reason, by=by, **fields)):
        return redirect("pipeline_list")
    context = {"form": form, "choice": reason, "new": _("New reason")}
    return render(request, "opportunities/choice.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, form: ChoiceForm, put: Callable[[dict[str, Any]], Any]) -> Any:
    """What the service saved; None where the form was not sent, or was refused."""
    if not form.is_valid():
        return None
    try:
        saved = put(form.cleaned_data)
    except ValidationError as error:
        put_errors(form, error)
        return None
    messages.success(request, _("Saved."))
    return saved


@require_GET
def forecast_page(request: HttpRequest) -> HttpResponse:
    """What may come in by month and responsible, and what came in."""
    form, months = _forecast(request)
    context = {"filters": form, "months": months, "total": forecast.total(months)}
    return render(request, "opportunities/forecast.html", context)


@require_GET
def forecast_export(request: HttpRequest) -> HttpResponseBase:
    """The same as a file, a line for each month and responsible."""
    form, months = _forecast(request)
    rows = forecast.lines(months)
    return export.answer(
        request,
        name=_("Forecast"),
        columns=[export.Column(str(heading), value) for heading, value in forecast.COLUMNS],
        rows=rows,
        count=lambda at_most: min(len(rows), at_most),
        back=reverse("forecast", query=form.chosen or None),
    )


def _forecast(request: HttpRequest) -> tuple[forecast.ForecastFilters, list[forecast.Month]]:
    """What is asked, and the answer; 404 where the user may see no opportunities."""
    user = signed_in(request)
    if not user.may(Action.VIEW, "opportunity"):
        raise Http404
    form = forecast.ForecastFilters(request.GET, user=user)
    return form, forecast.forecast(user, form.condition())
