from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "hilvan.activities"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from hilvan.notifications.mail import renderers
        from hilvan.notifications.models import Reason
        from hilvan.records.jobs import every
        from hilvan.records.kinds import kinds
        from hilvan.web import panels

        from . import jobs, mail
        from .kind import ACTIVITY
        from .panel import activities_of

        kinds.register(ACTIVITY)
        panels.register("activities", "activities/panel.html", activities_of, position=10)
        renderers["activity", Reason.ASSIGNED] = mail.assigned
        every(10)(jobs.fold_counts)
