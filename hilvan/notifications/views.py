"""The company's ledger of notices, and each message in full."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from hilvan.people.models import User
from hilvan.records.history import Actor, Channel
from hilvan.web.views_lists import signed_in

from . import ledger, services
from .mail import message, preview, sender
from .models import Notice, State

PAGE = 50
# Somebody else's words shown as HTML: nothing in them runs, loads anything or leads away.
MESSAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def notices(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    state = request.GET.get("state", "")
    before = request.GET.get("before", "")
    found = Notice.objects.visible_to(user).in_short().order_by("-id")
    if state in State.values:
        found = found.filter(state=state)
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    return render(
        request,
        "notifications/list.html",
        {
            "notices": ledger.rows(page[:PAGE], user),
            "state": state,
            "states": State.choices,
            "first_url": f"?state={state}" if before else "",
            "next_url": f"?state={state}&before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
            "mail_is_set_up": bool(settings.EMAIL_URL),
        },
    )


def notice(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    shown = _readable(user, key)
    content = preview(shown)
    mail = message(shown, content)
    return render(
        request,
        "notifications/notice.html",
        {
            "notice": shown,
            "row": ledger.rows([shown], user, may_repeat=services.may_repeat(user, shown))[0],
            "content": content,
            "headers": [
                ("From", "{} <{}>".format(*sender(shown))),
                ("To", shown.address),
                ("Subject", mail.subject),
                *mail.extra_headers.items(),
            ],
            "mail_is_set_up": bool(settings.EMAIL_URL),
        },
    )


@xframe_options_sameorigin
def notice_html(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    content = preview(_readable(signed_in(request), key))
    return HttpResponse(content.html, headers={"Content-Security-Policy": MESSAGE_POLICY})


@require_POST
def notice_again(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    user = signed_in(request)
    again = services.send_again(_find(user, key), actor=Actor.of(user, Channel.SCREEN))
    if again.state == State.SUPPRESSED:
        messages.error(request, _("Not sent: %(why)s.") % {"why": again.get_suppressed_by_display()})
    else:
        messages.success(request, _("The message to %(name)s is sent again.") % {"name": again.recipient.name})
    return redirect("notice", again.uuid) if again.readable_by(user) else redirect("notices")


def _readable(user: User, key: uuid.UUID) -> Notice:
    found = _find(user, key)
    if not found.readable_by(user):
        raise Http404
    return found


def _find(user: User, key: uuid.UUID) -> Notice:
    return get_object_or_404(
        Notice.objects.visible_to(user).select_related("record", "recipient__company", "recipient__role", "caused_by"),
        uuid=key,
    )
