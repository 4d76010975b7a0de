"""Users: the list, a new one, each one's page; letting in and no more; the link to choose a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet, Value
from django.db.models.lookups import Contains
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hilvan.notifications.ledger import rows
from hilvan.notifications.models import ABOUT_ONESELF, Notice, State
from hilvan.people.administering import change_user, invite_user, put_active
from hilvan.people.models import User
from hilvan.people.services import password_link
from hilvan.records.models import Fold, Plain
from hilvan.web import export
from hilvan.web.export import Column
from hilvan.web.views_changes import put_errors, sent

from .. import services
from ..access import administrator
from ..forms import UserForm

PAGE = 100
SHOWN = 10
"""Notices that a user's page shows."""


def user_list(request: HttpRequest) -> HttpResponse:
    """By name, those who may in or those who may not; ``after`` is the key of the last one of the page before."""
    by = administrator(request)
    active, q, after = *_asked(request), request.GET.get("after", "")
    users = _listed(by, active, q).annotate(by_name=Fold(F("name")))
    if after:
        if not after.isdecimal() or len(after) > 18:
            raise Http404
        last = Fold(Value(_find(by, int(after)).name))
        users = users.filter(Q(by_name__gt=last) | Q(by_name=last, pk__gt=int(after)))
    page = list(users.order_by("by_name", "pk")[: PAGE + 1])
    following = request.GET.copy()
    following["after"] = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    return render(
        request,
        "administration/users.html",
        {
            "users": page[:PAGE],
            "active": active,
            "q": q,
            "is_further": bool(after),
            "next_url": f"?{following.urlencode()}" if following["after"] else "",
        },
    )


def user_export(request: HttpRequest) -> HttpResponseBase:
    """The same people, all of them, as a file."""
    users = _listed(administrator(request), *_asked(request))
    return export.answer(
        request,
        name=_("Users"),
        columns=[
            Column(_("Name"), lambda one: one.name),
            Column(_("User name"), lambda one: one.username),
            Column(_("E-mail"), lambda one: one.email),
            Column(_("Role"), lambda one: str(one.role)),
            Column(_("Teams"), lambda one: ", ".join(team.name for team in one.teams.all())),
            Column(pgettext("users", "Active"), lambda one: one.is_active),
            Column(_("Last sign-in"), lambda one: one.last_login),
            Column(_("Created"), lambda one: one.created_at),
        ],
        rows=export.by_key(users),
        count=lambda at_most: users[:at_most].count(),
        back=reverse("user_list"),
    )


def user_new(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    form = UserForm(sent(request), by=by)
    if form.is_valid():
        try:
            user = invite_user(by=by, **form.service_fields())
        except ValidationError as error:
            put_errors(form, error)
        else:
            _send_link(request, user, by)
            return redirect("user_page", user.pk)
    context = {"form": form, "mail_is_set_up": bool(settings.EMAIL_URL)}
    return render(request, "administration/user_new.html", context, status=422 if form.errors else 200)


def user_page(request: HttpRequest, key: int) -> HttpResponse:
    by = administrator(request)
    user = _find(by, key)
    form = UserForm(sent(request), by=by, user=user)
    if form.is_valid():
        try:
            change_user(_find(by, key), by=by, **form.service_fields())
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            given_up = user == by and not form.cleaned_data["role"].administers
            return redirect("home") if given_up else redirect("user_page", key)
    notices = Notice.objects.filter(recipient=user, reason__in=ABOUT_ONESELF).in_short().order_by("-id")[:SHOWN]
    return render(
        request,
        "administration/user.html",
        {"person": user, "form": form, "notices": rows(notices, by), "mail_is_set_up": bool(settings.EMAIL_URL)},
        status=422 if form.errors else 200,
    )


@require_POST
def user_active(request: HttpRequest, key: int) -> HttpResponse:
    """Lets somebody in no more (``active=0``), or again (``active=1``)."""
    by = administrator(request)
    user = _find(by, key)
    active = request.POST.get("active") == "1"
    try:
        put_active(user, by=by, active=active)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if active:
            messages.success(request, _("%(name)s may sign in again.") % {"name": user.name})
        else:
            messages.success(
                request,
                _("%(name)s can sign in no more. What is assigned to this person stays so until you reassign it.")
                % {"name": user.name},
            )
    return redirect("user_page", key)


@require_POST
def user_invite(request: HttpRequest, key: int) -> HttpResponse:
    by = administrator(request)
    _send_link(request, _find(by, key), by)
    return redirect("user_page", key)


@never_cache
@require_POST
def user_link(request: HttpRequest, key: int) -> HttpResponse:
    """Shows the link to choose a password, to be handed over by another way than mail."""
    user = _find(administrator(request), key)
    if not user.is_active:
        raise Http404
    context = {
        "person": user,
        "link": settings.BASE_URL + password_link(user),
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
    }
    return render(request, "administration/user_link.html", context)


def _send_link(request: HttpRequest, user: User, by: User) -> None:
    notice = services.invite(user, by=by)
    if notice.state == State.SUPPRESSED:
        why = notice.get_suppressed_by_display()
        messages.warning(request, _("No link has been sent: %(why)s. You can hand it over yourself.") % {"why": why})
    elif not settings.EMAIL_URL:
        messages.warning(request, _("The link waits until a mail server is set up. You can hand it over yourself."))
    else:
        messages.success(request, _("%(name)s is sent a link to choose a password.") % {"name": user.name})


def _asked(request: HttpRequest) -> tuple[bool, str]:
    """Whether those who may in are asked for, and the words."""
    return "inactive" not in request.GET, request.GET.get("q", "").strip()


def _listed(by: User, active: bool, q: str) -> QuerySet[User]:
    users = User.objects.filter(company=by.company_id, is_active=active)
    for word in q.replace("\x00", " ").split():
        named = Q(Contains(Plain(F("name")), Plain(Value(word))))
        users = users.filter(named | Q(username__icontains=word) | Q(email__icontains=word))
    return users.select_related("role").prefetch_related("teams")


def _find(by: User, key: int) -> User:
    return get_object_or_404(User.objects.select_related("role", "company"), pk=key, company=by.company_id)
