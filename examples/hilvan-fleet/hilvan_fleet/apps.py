from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FleetConfig(AppConfig):
    name = "hilvan_fleet"
    verbose_name = _("Fleet")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds
        from hilvan.web import panels

        from .kind import VEHICLE
        from .panel import services_panel

        kinds.register(VEHICLE)
        panels.register("vehicle_services", "fleet/services_panel.html", services_panel, position=15)
