from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportingConfig(AppConfig):
    name = "hilvan.importing"
    verbose_name = _("Import")

    def ready(self) -> None:
        from hilvan.records.jobs import every
        from hilvan.web import navigation

        from .tables import running, services
        from .tables.fields import importable

        every(0.5)(running.run_due)
        every(3600)(services.forget_expired)
        navigation.register(
            navigation.Page(
                _("Administration"), _("Import"), "upload", "import_list", 980, lambda user: bool(importable(user))
            )
        )
