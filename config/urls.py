"""Every address of the program. A part's own pages stand before the generic ones, whose place they may take."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config.api import urls as api_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api_urls),
    path("", RedirectView.as_view(url="/activities/?assignee=me&deferred=no"), name="home"),
    path("", include("hilvan.activities.urls")),
    path("", include("hilvan.notifications.urls")),
    path("", include("hilvan.administration.urls")),
    path("", include("hilvan.web.urls")),
]
