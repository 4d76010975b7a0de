from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationConfig(AppConfig):
    name = "hilvan.conversation"
    verbose_name = _("Notes")

    def ready(self) -> None:
        from hilvan.notifications.mail import renderers
        from hilvan.notifications.models import Reason
        from hilvan.records.kinds import ANY, ChildTable, kinds
        from hilvan.web import history, panels, timeline

        from . import mail
        from .models import Note
        from .panel import panel
        from .words import told

        kinds.child_tables.append(ChildTable(Note, "record_id", told_as="notes"))
        history.tellers[Note._meta.db_table] = told
        timeline.labels["notes"] = _("Notes")
        panels.register("notes", "conversation/panel.html", panel, position=20)
        renderers[ANY, Reason.MENTION] = mail.to_mentioned
