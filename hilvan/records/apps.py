from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "hilvan.records"
    verbose_name = _("Records")

    def ready(self) -> None:
        from .kinds import ChildTable, kinds
        from .models import Attachment, Link

        kinds.child_tables += [ChildTable(Link, "record_id"), ChildTable(Attachment, "record_id", told_as="files")]
