"""What is sent to people about their accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hilvan.notifications.mail import SECRET, Content, one_line
from hilvan.notifications.models import Notice, Reason
from hilvan.people.models import User
from hilvan.people.services import password_key


def password(notice: Notice) -> Content:
    """The invitation, or the answer to a forgotten password: a link to choose one."""
    user, invited = _account(notice), notice.reason == Reason.INVITATION
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 3600)
    for_how_long = ngettext(
        "The link serves once, within %(n)d day.", "The link serves once, within %(n)d days.", days
    ) % {"n": days}
    if invited and notice.caused_by is not None:
        headline = _("%(name)s has made an account for you in Hilván") % {"name": notice.caused_by.name}
    elif invited:
        headline = _("There is an account for you in Hilván")
    elif notice.caused_by is not None:
        headline = _("%(name)s sends you a link to choose another password") % {"name": notice.caused_by.name}
    else:
        headline = _("Choose another password")
    ending = (
        _("If you expect no such invitation, you need do nothing.")
        if invited
        else _("If it was not you who asked for it, you need do nothing: your password stays as it is.")
    )
    return _content(
        notice,
        subject=_("Your account in Hilván · %(company)s") % {"company": user.company.name}
        if invited
        else _("Choose another password · Hilván"),
        headline=headline,
        lines=[_("Your user name: %(username)s") % {"username": user.username}, for_how_long, ending],
        link=f"{settings.BASE_URL}/password/{SECRET}/",
        button=_("Choose a password"),
    )


def test(notice: Notice) -> Content:
    return _content(
        notice,
        subject=_("Hilván can send mail"),
        headline=_("Hilván can send mail"),
        lines=[
            _("You have asked for this message in the mail settings: %(host)s has taken it.")
            % {"host": getattr(settings, "EMAIL_HOST", "")}
        ],
        link=settings.BASE_URL + reverse("mail_settings"),
        button=_("Mail settings"),
    )


def secret(notice: Notice) -> str:
    """What makes the link of ``password`` good for its user alone."""
    return password_key(_account(notice))


def _account(notice: Notice) -> User:
    assert notice.recipient is not None  # what is about an account goes to its user
    return notice.recipient


def _content(notice: Notice, *, subject: str, **context: Any) -> Content:
    context |= {"company": notice.company, "language": notice.speaks}
    return Content(
        subject=one_line(subject),
        text=render_to_string("administration/mail/account.txt", context).strip() + "\n",
        html=render_to_string("administration/mail/account.html", context),
    )
