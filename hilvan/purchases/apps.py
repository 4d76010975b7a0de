from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PurchasesConfig(AppConfig):
    name = "hilvan.purchases"
    verbose_name = _("Purchases")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import GOODS_RECEIPT, PURCHASE_ORDER, SUPPLIER_INVOICE

        for kind in (PURCHASE_ORDER, GOODS_RECEIPT, SUPPLIER_INVOICE):
            kinds.register(kind)
