"""The company, and its mail: how it is set up, and a test which shows the server's words."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hilvan.notifications.models import Notice, Reason, State
from hilvan.people.administering import change_company
from hilvan.people.models import User
from hilvan.web.views_changes import put_errors, sent

from .. import services
from ..access import administrator
from ..forms import CompanyForm

PATIENCE = dt.timedelta(seconds=10)
"""After which a test that no worker has taken makes one wonder whether there is one."""
WATCHED = dt.timedelta(minutes=5)
"""How long the page asks what has become of a test."""


def company(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    fields = ("name", "tax_id", "language", "time_zone", "notify_self")
    form = CompanyForm(sent(request), initial={name: getattr(by.company, name) for name in fields})
    if form.is_valid():
        try:
            change_company(by=by, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("company")
    return render(request, "administration/company.html", {"form": form}, status=422 if form.errors else 200)


def mail_settings(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    last = _tests(by).first()
    return render(
        request,
        "administration/mail.html",
        {
            "mail": configuration(),
            "base_url": settings.BASE_URL,
            "sender_is_local": settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith(("@127.0.0.1", "@localhost")),
            **(_of_test(last) if last else {}),
        },
    )


@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    if not settings.EMAIL_URL:
        messages.error(request, _("No mail server is set up."))
    elif services.test_mail(by).state == State.SUPPRESSED:
        messages.error(request, _("Your account has no e-mail address to which a test could go."))
    return redirect("mail_settings")


def mail_test_state(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What has become of a test: a part of the page of the mail settings, which asks for it until it is over."""
    notice = get_object_or_404(_tests(administrator(request)), uuid=key)
    return render(request, "administration/mail.html#test", _of_test(notice))


def configuration() -> dict[str, object] | None:
    """The mail server in force, without its password; None where there is none."""
    if not settings.EMAIL_URL:
        return None
    encryption = {(True, False): "starttls", (False, True): "tls"}
    return {
        "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "encryption": encryption.get((settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL), ""),
        "user": settings.EMAIL_HOST_USER,
        "has_password": bool(settings.EMAIL_HOST_PASSWORD),
        "sender": settings.DEFAULT_FROM_EMAIL,
    }


def _tests(by: User) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=by, reason=Reason.MAIL_TEST).order_by("-id")


def _of_test(notice: Notice) -> dict[str, object]:
    age = timezone.now() - notice.created_at
    under_way = notice.state in (State.QUEUED, State.SENDING)
    return {
        "test": notice,
        "asks_again": under_way and age < WATCHED,
        "nobody_took_it": notice.state == State.QUEUED and age > PATIENCE,
    }
