from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "hilvan.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from hilvan.web import navigation, panels

        from .ledger import panel

        panels.register("notices", "notifications/ledger.html", panel, position=80)
        navigation.register(navigation.Page(_("CRM"), _("Notices"), "mail", "notices", position=95))
