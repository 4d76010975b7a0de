from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "hilvan.parties"
    verbose_name = _("Customers and suppliers")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import CUSTOMER

        kinds.register(CUSTOMER)
