from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "hilvan.opportunities"
    verbose_name = _("Opportunities")

    def ready(self) -> None:
        from hilvan.administration.access import administers
        from hilvan.people.permissions import Action
        from hilvan.records.kinds import kinds
        from hilvan.web.navigation import Page, register

        from .kind import OPPORTUNITY

        kinds.register(OPPORTUNITY)
        register(Page(_("Administration"), _("Pipelines"), "columns", "pipeline_list", 936, administers))
        register(
            Page(_("CRM"), _("Forecast"), "report", "forecast", 25, lambda user: user.may(Action.VIEW, "opportunity"))
        )
