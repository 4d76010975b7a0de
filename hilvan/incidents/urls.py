"""The addresses of what only incidents have."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [path("administration/service-levels/", views.service_levels, name="service_levels")]
