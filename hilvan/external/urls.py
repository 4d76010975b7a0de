"""The address with which other applications begin something on a record of theirs."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("create/<slug:made>", views.create_from_elsewhere, name="create_from_elsewhere")]
