from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuotesConfig(AppConfig):
    name = "hilvan.quotes"
    verbose_name = _("Quotes")

    def ready(self) -> None:
        from hilvan.records.kinds import kinds

        from .kind import QUOTE

        kinds.register(QUOTE)
