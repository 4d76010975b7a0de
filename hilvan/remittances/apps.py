from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemittancesConfig(AppConfig):
    name = "hilvan.remittances"
    verbose_name = _("Remittances")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.receipts.services import on_return
        from hilvan.records.kinds import kinds
        from hilvan.web import panels
        from hilvan.web.navigation import Page, register

        from .kind import REMITTANCE
        from .panels import items_panel
        from .services import note_return

        kinds.register(REMITTANCE)
        on_return.append(note_return)
        panels.register("items", "remittances/items_panel.html", items_panel, position=10)
        register(Page(_("Administration"), _("Bank accounts"), "building-bank", "bank_account_list", 938, administers))
