from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdministrationConfig(AppConfig):
    name = "hilvan.administration"
    verbose_name = _("Administration")

    def ready(self) -> None:
        from hilvan.notifications.mail import renderers, secrets
        from hilvan.notifications.models import Reason
        from hilvan.people import guesses
        from hilvan.records.jobs import every
        from hilvan.web.navigation import Page, register

        from . import mail
        from .access import administers

        for reason in (Reason.INVITATION, Reason.PASSWORD):
            renderers["", reason] = mail.password
            secrets[reason] = mail.secret
        renderers["", Reason.MAIL_TEST] = mail.test
        every(3600)(guesses.forget)
        for position, (label, icon, url_name) in enumerate(
            [
                (_("Users"), "user", "user_list"),
                (_("Teams"), "users-group", "team_list"),
                (_("Roles"), "lock", "role_list"),
                (_("Company"), "building", "company"),
                (_("Mail"), "send", "mail_settings"),
            ]
        ):
            register(Page(_("Administration"), label, icon, url_name, 900 + 10 * position, administers))
