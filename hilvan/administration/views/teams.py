"""Teams and who is in them; roles and what they allow."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hilvan.people.administering import put_role, put_team
from hilvan.people.models import Role, Team
from hilvan.web import export
from hilvan.web.export import Column
from hilvan.web.views_changes import put_errors, sent

from ..access import administrator
from ..forms import TeamForm
from ..forms_roles import ACTIONS, RoleForm

ACTIVE_MEMBERS = Count("memberships", filter=Q(memberships__user__is_active=True))


def team_list(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    teams = Team.objects.filter(company=by.company_id).annotate(n=ACTIVE_MEMBERS).prefetch_related("members")
    return render(request, "administration/teams.html", {"teams": teams.order_by("-is_active", "name", "pk")})


def team_export(request: HttpRequest) -> HttpResponseBase:
    """The same teams as a file."""
    teams = Team.objects.filter(company=administrator(request).company_id).prefetch_related("members")
    return export.answer(
        request,
        name=_("Teams"),
        columns=[
            Column(_("Name"), lambda team: team.name),
            Column(_("Members"), lambda team: ", ".join(one.name for one in team.members.all())),
            Column(_("Active"), lambda team: team.is_active),
        ],
        rows=export.by_key(teams),
        count=lambda at_most: teams[:at_most].count(),
        back=reverse("team_list"),
    )


def team_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """A new team, or one that exists."""
    by = administrator(request)
    team = get_object_or_404(Team, pk=key, company=by.company_id) if key is not None else None
    form = TeamForm(sent(request), by=by, team=team)
    if form.is_valid():
        try:
            put_team(team, by=by, **form.cleaned_data)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("team_list")
    context = {"form": form, "team": team}
    return render(request, "administration/team.html", context, status=422 if form.errors else 200)


def role_list(request: HttpRequest) -> HttpResponse:
    by = administrator(request)
    holders = Count("users", filter=Q(users__is_active=True))
    roles = Role.objects.filter(company=by.company_id).annotate(n=holders).order_by("pk")
    return render(request, "administration/roles.html", {"roles": roles})


def role_form(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """A role that exists; or a new one, which starts as a member's."""
    by = administrator(request)
    if key is not None:
        role = get_object_or_404(Role, pk=key, company=by.company_id)
        start = role
    else:
        role = None
        member = Role.objects.filter(company=by.company_id, code="member").first()
        start = Role(company=by.company, grants=member.grants if member else {})
    form = RoleForm(sent(request), role=start)
    if form.is_valid():
        try:
            put_role(role, by=by, **form.service_fields())
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("role_list")
    context = {"form": form, "role": role, "actions": list(ACTIONS.values())}
    return render(request, "administration/role.html", context, status=422 if form.errors else 200)
