from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExternalConfig(AppConfig):
    name = "hilvan.external"
    verbose_name = _("External records")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import EXTERNAL

        kinds.register(EXTERNAL)
