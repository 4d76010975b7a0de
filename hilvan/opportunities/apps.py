from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "hilvan.opportunities"
    verbose_name = _("Opportunities")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import OPPORTUNITY

        kinds.register(OPPORTUNITY)
