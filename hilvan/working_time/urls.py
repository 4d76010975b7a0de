"""The addresses of the working calendar."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("administration/working-calendar/", views.working_calendar, name="working_calendar"),
    path("administration/working-calendar/days-off", views.day_off_add, name="day_off_add"),
    path("administration/working-calendar/days-off/<int:key>/remove", views.day_off_remove, name="day_off_remove"),
]
