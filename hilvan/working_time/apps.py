from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkingTimeConfig(AppConfig):
    name = "hilvan.working_time"
    verbose_name = _("Working time")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.web.navigation import Page, register

        register(Page(_("Administration"), _("Working calendar"), "calendar", "working_calendar", 932, administers))
