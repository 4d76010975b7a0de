from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivitiesConfig(AppConfig):
    name = "hilvan.activities"
    verbose_name = _("Activities")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.notifications.mail import renderers, renderers_of_several
        from hilvan.notifications.models import Reason
        from hilvan.records.jobs import every
        from hilvan.records.kinds import kinds
        from hilvan.web import history, navigation, panels
        from hilvan.web.views_several import listings

        from . import jobs, mail, mail_of_several, words
        from .invitations import NEWS
        from .kind import ACTIVITY
        from .panel import activities_of
        from .views.export import keys_listed

        kinds.register(ACTIVITY)
        history.tellers["activity"] = words.told
        listings["activity"] = keys_listed
        panels.register("activities", "activities/panel.html", activities_of, position=10)
        for reason in (Reason.ASSIGNED, Reason.HOLD_OVER, Reason.DEFERRAL_BEGUN, *NEWS):
            renderers["activity", reason] = mail.content
        renderers_of_several["activity", Reason.ASSIGNED] = mail_of_several.content
        types = navigation.Page(
            _("Administration"), _("Activity types"), "checkbox", "activity_type_list", 935, administers
        )
        navigation.register(types)
        board = navigation.Page(_("CRM"), _("Board"), "layout-kanban", "activity_board", 11, in_menu=False)
        navigation.register(board)
        navigation.register_new(navigation.New(_("Call already made"), "phone", "activity_call", "activity", "l"))
        every(10)(jobs.fold_counts)
        every(5)(jobs.wake_what_is_due)
