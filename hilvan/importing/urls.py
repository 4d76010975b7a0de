"""The addresses of imports."""

from __future__ import annotations

from django.urls import path

from .tables import views

urlpatterns = [
    path("import/", views.import_list, name="import_list"),
    path("import/<uuid:key>", views.import_page, name="import_page"),
    path("import/<uuid:key>/progress", views.import_progress, name="import_progress"),
    path("import/<uuid:key>/start", views.import_start, name="import_start"),
    path("import/<uuid:key>/forget", views.import_forget, name="import_forget"),
    path("import/<uuid:key>/refused.csv", views.import_refused, name="import_refused"),
]
