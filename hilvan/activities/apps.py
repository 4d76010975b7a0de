from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "hilvan.activities"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.notifications.mail import renderers
        from hilvan.notifications.models import Reason
        from hilvan.records.jobs import every
        from hilvan.records.kinds import kinds
        from hilvan.web import navigation, panels

        from . import jobs, mail
        from .kind import ACTIVITY
        from .panel import activities_of

        kinds.register(ACTIVITY)
        panels.register("activities", "activities/panel.html", activities_of, position=10)
        for reason in (Reason.ASSIGNED, Reason.HOLD_OVER, Reason.DEFERRAL_BEGUN):
            renderers["activity", reason] = mail.to_assignee
        types = navigation.Page(
            _("Administration"), _("Activity types"), "checkbox", "activity_type_list", 935, administers
        )
        navigation.register(types)
        board = navigation.Page(_("CRM"), _("Board"), "layout-kanban", "activity_board", 11, in_menu=False)
        navigation.register(board)
        navigation.register_new(navigation.New(_("Call already made"), "phone", "activity_call", "activity", "l"))
        every(10)(jobs.fold_counts)
        every(5)(jobs.wake_what_is_due)
