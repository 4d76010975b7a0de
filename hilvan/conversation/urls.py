"""The addresses of notes. They stand before the generic ones: "notes" is no verb."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("mentionable", views.mentionable, name="mentionable"),
    path("<kind:kind>/<number:number>/notes", views.record_notes, name="record_notes"),
    path("<kind:kind>/<number:number>/notes/<uuid:key>", views.record_note, name="record_note"),
]
