from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "hilvan.sales"
    verbose_name = _("Sales")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import CREDIT_NOTE, DELIVERY_NOTE, INVOICE, SALES_ORDER

        for kind in (SALES_ORDER, DELIVERY_NOTE, INVOICE, CREDIT_NOTE):
            kinds.register(kind)
