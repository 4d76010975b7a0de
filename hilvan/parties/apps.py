from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    name = "hilvan.parties"
    verbose_name = _("Customers and suppliers")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds
        from hilvan.web import panels

        from .kind import CONTACT, CUSTOMER, SUPPLIER
        from .panel import contacts_of

        kinds.register(CUSTOMER)
        kinds.register(SUPPLIER)
        kinds.register(CONTACT)
        panels.register("contacts", "parties/contacts.html", contacts_of, position=5)
