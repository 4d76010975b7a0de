"""The addresses of what only opportunities have. They stand before the generic ones."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("opportunities/forecast", views.forecast_page, name="forecast"),
    path("opportunities/forecast/export", views.forecast_export, name="forecast_export"),
    path("administration/pipelines/", views.pipeline_list, name="pipeline_list"),
    path("administration/pipelines/new", views.pipeline_form, name="pipeline_new"),
    path("administration/pipelines/<int:key>", views.pipeline_form, name="pipeline_page"),
    path("administration/pipelines/<int:of>/stages/new", views.stage_form, name="stage_new"),
    path("administration/pipelines/stages/<int:key>", views.stage_form, name="stage_page"),
    path("administration/pipelines/reasons/new", views.lost_reason_form, name="lost_reason_new"),
    path("administration/pipelines/reasons/<int:key>", views.lost_reason_form, name="lost_reason_page"),
]
