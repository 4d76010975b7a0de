"""Every address of the program. A part's own pages stand before the generic ones, whose place they may take."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import module_has_submodule
from django.views.generic import RedirectView

from config.api import urls as api_urls
from hilvan import plugins

GENERIC = "hilvan.web"


def of_parts() -> list[URLResolver]:
    """The addresses of every installed part, a plugin's too, which has some: those of its module ``urls``."""
    ours = [name for name in (one.name for one in apps.get_app_configs()) if name.startswith("hilvan.")]
    parts = [name for name in (*ours, *plugins.installed()) if module_has_submodule(import_module(name), "urls")]
    return [path("", include(f"{part}.urls")) for part in sorted(parts, key=lambda part: part == GENERIC)]


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api_urls),
    path("", RedirectView.as_view(url="/activities/?assignee=me&deferred=no"), name="home"),
    *of_parts(),
]

handler400 = "hilvan.web.views_errors.bad_request"
handler500 = "hilvan.web.views_errors.failed"
