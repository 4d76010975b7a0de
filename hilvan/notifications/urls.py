"""The addresses of the ledger."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/export", views.notices_export, name="notices_export"),
    path("notices/<uuid:key>", views.notice, name="notice"),
    path("notices/<uuid:key>/html", views.notice_html, name="notice_html"),
    path("notices/<uuid:key>/again", views.notice_again, name="notice_again"),
]
