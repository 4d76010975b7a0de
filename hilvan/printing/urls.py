"""The addresses of what is printed, and of the letterhead."""

from __future__ import annotations

from django.urls import path

from hilvan.web import links as links  # makes the parts of these addresses known: kind and number

from . import views

urlpatterns = [
    path("<kind:kind>/<number:number>/pdf", views.record_pdf, name="record_pdf"),
    path("settings/letterhead/", views.letterhead, name="letterhead"),
    path("settings/letterhead/logo", views.letterhead_logo, name="letterhead_logo"),
]
