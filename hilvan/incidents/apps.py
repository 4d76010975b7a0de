from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "hilvan.incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import INCIDENT

        kinds.register(INCIDENT)
