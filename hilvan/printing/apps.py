from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrintingConfig(AppConfig):
    name = "hilvan.printing"
    verbose_name = _("Printed documents")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.web.navigation import Page, register

        register(Page(_("Administration"), _("Letterhead"), "printer", "letterhead", 936, administers))
