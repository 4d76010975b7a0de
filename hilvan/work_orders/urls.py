"""The addresses of the technician's day, and of what is noted on a work order piece by piece."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("work-orders/day", views.work_day, name="work_day"),
    path("work-orders/<number:order>/material", views.order_material, name="work_order_material"),
    path("work-orders/<number:order>/tasks/<int:key>", views.order_task, name="work_order_task"),
    path("work-orders/<number:order>/times", views.order_times, name="work_order_times"),
    path("work-orders/<number:order>/times/<int:key>", views.order_time, name="work_order_time"),
]
