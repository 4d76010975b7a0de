from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "hilvan.web"
    verbose_name = _("Pages")

    def ready(self) -> None:
        from . import attached, flow, panels

        panels.register("flow", "web/panels/flow.html", flow.flow_panel, position=30)
        panels.register("takes_part", "web/panels/takes_part.html", flow.takes_part_panel, position=40)
        panels.register("files", "web/panels/files.html", attached.files_panel, position=50)
        panels.register("links", "web/panels/links.html", attached.links_panel, position=60)
