from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeConfig(AppConfig):
    name = "hilvan.trade"
    verbose_name = _("Trade")

    def ready(self) -> None:
        from hilvan.web import panels

        from .panels import lines_panel

        panels.register("lines", "trade/lines_panel.html", lines_panel, position=10)
