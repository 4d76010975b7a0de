from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceiptsConfig(AppConfig):
    name = "hilvan.receipts"
    verbose_name = _("Receipts")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds
        from hilvan.web import panels

        from .kind import RECEIPT
        from .panels import owed_panel, payments_panel

        kinds.register(RECEIPT)
        panels.register("payments", "receipts/payments_panel.html", payments_panel, position=12)
        panels.register("owed", "receipts/owed_panel.html", owed_panel, position=14)
