from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "hilvan.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from hilvan.records import timeline as records
        from hilvan.web import navigation, panels
        from hilvan.web import timeline as web

        from . import timeline
        from .ledger import panel

        panels.register("notices", "notifications/ledger.html", panel, position=80)
        navigation.register(navigation.Page(_("CRM"), _("Notices"), "mail", "notices", position=95))
        records.register(timeline.SOURCE)
        web.tellers[timeline.NAME] = web.Teller(_("Notices"), timeline.told)
