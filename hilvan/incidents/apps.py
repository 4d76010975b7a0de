from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "hilvan.incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        from hilvan.activities.closing import when_closed
        from hilvan.administration.access import administers
        from hilvan.records.kinds import kinds
        from hilvan.web import navigation, panels

        from .kind import INCIDENT
        from .panel import duplicates_of
        from .services import answered_by

        kinds.register(INCIDENT)
        when_closed.append(answered_by)
        panels.register("duplicates", "incidents/duplicates.html", duplicates_of, position=20)
        levels = navigation.Page(_("Administration"), _("Service levels"), "clock", "service_levels", 933, administers)
        navigation.register(levels)
