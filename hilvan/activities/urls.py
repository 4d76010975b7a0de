"""The addresses of the activities' own pages. They stand before the generic ones, whose names two of them take over."""

from __future__ import annotations

from django.urls import path, register_converter

from hilvan.web.links import NumberConverter

from .views import calls, changes, export, lists, page, types


class ActivityNumberConverter(NumberConverter):
    """An activity's number in an address: "ACT-2026-000123"."""

    regex = r"[Aa][Cc][Tt]-\d{4}-\d+"


register_converter(ActivityNumberConverter, "activity_number")

urlpatterns = [
    path("activities/", lists.activity_list, name="activity_list"),
    path("activities/board", lists.activity_board, name="activity_board"),
    path("activities/export", export.activity_export, name="activity_export"),
    path("activities/call", calls.note_call, name="activity_call"),
    path("activities/told", changes.told, name="activity_told"),
    path("activities/<activity_number:number>", page.activity_page, name="activity_page"),
    path("activities/<activity_number:number>/transition/<slug:to>", changes.transition, name="activity_transition"),
    path("activities/<activity_number:number>/defer", changes.defer, name="activity_defer"),
    path("activities/<activity_number:number>/assign", changes.assign, name="activity_assign"),
    path("activities/<activity_number:number>/claim", changes.claim, name="activity_claim"),
    path("activities/<activity_number:number>/answer", changes.answer, name="activity_answer"),
    path("administration/activity-types/", types.type_list, name="activity_type_list"),
    path("administration/activity-types/new", types.type_form, name="activity_type_new"),
    path("administration/activity-types/<int:key>", types.type_form, name="activity_type_page"),
    path("administration/activity-types/<int:of>/results/new", types.result_form, name="activity_result_new_of"),
    path("administration/activity-types/results/new", types.result_form, name="activity_result_new"),
    path("administration/activity-types/results/<int:key>", types.result_form, name="activity_result_page"),
]
