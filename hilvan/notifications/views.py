"""The company's ledger of notices, and each message in full."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from hilvan.people.models import User
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Record
from hilvan.web import export
from hilvan.web.columns import referring
from hilvan.web.export import Column
from hilvan.web.views_lists import signed_in

from . import ledger, services
from .mail import answered_by, message, preview, sender
from .models import Notice, NoticeQuerySet, State

PAGE = 50
# Somebody else's words shown as HTML: nothing in them runs, loads anything or leads away.
MESSAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def notices(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    state = request.GET.get("state", "")
    before = request.GET.get("before", "")
    found = _listed(user, state).order_by("-id")
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


def notices_export(request: HttpRequest) -> HttpResponseBase:
    """The same notices, all of them, as a file."""
    user = signed_in(request)
    state = request.GET.get("state", "")
    found = _listed(user, state).select_related("caused_by")
    return export.answer(
        request,
        name=_("Notices"),
        columns=[
            Column(_("When"), lambda one: one.created_at),
            Column(_("Recipient"), lambda one: one.to.name),
            Column(_("E-mail"), lambda one: one.address),
            Column(_("Reason"), lambda one: str(one.get_reason_display())),
            *referring(_("About"), lambda one: one.record),
            Column(_("Caused by"), lambda one: one.caused_by and one.caused_by.name),
            Column(_("State"), lambda one: str(one.get_state_display())),
            Column(_("Detail"), ledger.detail),
            Column(_("Attempts"), lambda one: one.attempts),
            Column(_("Sent"), lambda one: one.sent_at),
        ],
        rows=export.by_key(found),
        count=lambda at_most: found.order_by()[:at_most].count(),
        back=reverse("notices", query={"state": state} if state else None),
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
            "together": _together(shown, user),
            "headers": [
                ("From", "{} <{}>".format(*sender(shown))),
                ("To", shown.address),
                *[("Reply-To", "{} <{}>".format(*person)) for person in answered_by(shown)],
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
        messages.success(request, _("The message to %(name)s is sent again.") % {"name": again.to.name})
    return redirect("notice", again.uuid) if again.readable_by(user) else redirect("notices")


def _listed(user: User, state: str) -> NoticeQuerySet:
    found = Notice.objects.visible_to(user).in_short()
    return found.filter(state=state) if state in State.values else found


def _readable(user: User, key: uuid.UUID) -> Notice:
    found = _find(user, key)
    if not found.readable_by(user):
        raise Http404
    return found


def _together(notice: Notice, user: User) -> list[Record]:
    """The records that the message is about, where these are several, as far as the user may see them."""
    if notice.batch is None:
        return []
    several = Notice.objects.visible_to(user).of_messages([notice.carrier_id or notice.pk])
    records = [one.record for one in several.select_related("record").order_by("pk") if one.record]
    return records if len(records) > 1 else []


def _find(user: User, key: uuid.UUID) -> Notice:
    return get_object_or_404(
        Notice.objects.visible_to(user).select_related(
            "company", "record", "recipient__company", "recipient__role", "caused_by", "carrier"
        ),
        uuid=key,
    )
