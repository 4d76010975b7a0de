"""What the buttons of an activity do: change of state, deferral, assignment.

Each is a page of its own with a form; htmx puts the same form into the dialog of the page where the button stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.models import Record
from hilvan.records.services import Refused, may
from hilvan.web.links import record_url
from hilvan.web.views_changes import back_to, put_errors, wants_part
from hilvan.web.views_lists import signed_in

from .. import participants, services
from ..forms import AssignForm, CloseForm, DeferForm, HoldForm, ReopenForm, StartForm, TransitionForm, initial_moments
from ..lifecycle import TransitionRefused, check
from ..models import Activity, State
from ..telling import told_lines
from .page import visible_activity

Change = Callable[..., Any]


@require_http_methods(["GET", "POST"])
def transition(request: HttpRequest, number: str, to: str) -> HttpResponse:
    """To another state; reopening, holding and closing ask something, beginning and giving back do not."""
    if to not in State.values:
        raise Http404
    record, activity = _changeable(request, number)
    try:
        check(activity.state, to)
    except TransitionRefused as refused:
        return _refused(request, record, str(refused))
    kind: type[TransitionForm]
    if activity.state == State.CLOSED:
        kind, heading, label = ReopenForm, _("Reopen the activity"), _("Reopen")
    else:
        kind, heading, label = {
            State.ON_HOLD: (HoldForm, _("Put the activity on hold"), _("Put on hold")),
            State.CLOSED: (CloseForm, _("Close the activity"), _("Close")),
            State.IN_PROGRESS: (StartForm, _("Begin the activity"), _("Begin")),
            State.NEW: (StartForm, _("Give the activity back to the queue"), _("Give back")),
        }[State(to)]
    form = kind(request.POST if request.method == "POST" else None, user=signed_in(request), activity=activity)
    if form.is_valid() and _done(services.transition, record, form, request, to=to):
        done = _done_words(State(activity.state), State(to)) % {"number": record.number}
        return _back(request, record, done, closed=to == State.CLOSED)
    return _form(request, record, activity, form, heading=heading, save_label=label)


@require_http_methods(["GET", "POST"])
def defer(request: HttpRequest, number: str) -> HttpResponse:
    """Put it off until a start, with a reason."""
    record, activity = _changeable(request, number)
    if activity.state == State.CLOSED:
        return _refused(request, record, _("A closed activity can't be deferred."))
    user = signed_in(request)
    initial = initial_moments(activity, user.zone, user.company.zone)
    form = DeferForm(request.POST if request.method == "POST" else None, user=user, activity=activity, initial=initial)
    if form.is_valid() and _done(services.defer, record, form, request):
        return _back(request, record, _("%(number)s has been deferred.") % {"number": record.number})
    return _form(request, record, activity, form, heading=_("Defer the activity"), save_label=_("Defer"))


@require_http_methods(["GET", "POST"])
def assign(request: HttpRequest, number: str) -> HttpResponse:
    """To somebody else, to a team, to nobody."""
    record, activity = _changeable(request, number)
    form = AssignForm(
        request.POST if request.method == "POST" else None,
        user=signed_in(request),
        activity=activity,
        initial={"assignee": activity.assignee, "team": activity.team},
    )
    if form.is_valid() and _done(services.change_activity, record, form, request):
        assignee = form.cleaned_data["assignee"]
        words = _("%(number)s is now assigned to %(name)s.") if assignee else _("%(number)s is now unassigned.")
        return _back(request, record, words % {"number": record.number, "name": assignee})
    return _form(request, record, activity, form, heading=_("Assign the activity"), save_label=_("Assign"))


@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Take what waits in the queue of one's team. Who comes second is told who was first."""
    user, actor = signed_in(request), _actor(request)
    record = visible_activity(user, number)
    try:
        services.claim_activity(record, actor=actor)
    except Refused as refused:
        return _refused(request, record, str(refused))
    return _back(request, record, _("%(number)s is yours now.") % {"number": record.number})


@require_GET
def told(request: HttpRequest) -> HttpResponse:
    """The lines under an assignee before saving: who would be told of it, and how."""
    return render(request, "activities/told.html", {"lines": told_lines(signed_in(request), request.GET)})


@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """What one says to one's own invitation, or notes that somebody else has said (``participant``)."""
    record = visible_activity(signed_in(request), number)
    chosen = request.POST.get("participant", "")
    try:
        participants.answer(
            record,
            actor=_actor(request),
            answer=request.POST.get("answer", ""),
            participant=int(chosen) if chosen.isdecimal() and len(chosen) < 19 else None,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The answer is noted."))
    return redirect(f"{record_url('activity', record.number)}#participants")


def _changeable(request: HttpRequest, number: str) -> tuple[Record, Activity]:
    """An activity that the user may see (404) and change (403)."""
    user = signed_in(request)
    record = visible_activity(user, number)
    if not may(user, Action.CHANGE, record):
        raise PermissionDenied
    activity = Activity.objects.select_related("record", "type", "assignee", "team").get(pk=record.pk)
    return record, activity


def _done(service: Change, record: Record, form: TransitionForm, request: HttpRequest, **more: Any) -> bool:
    """Whether the service did it; otherwise its errors stand beside the form's fields."""
    try:
        service(record, actor=_actor(request), **form.service_fields(), **more)
    except TransitionRefused as refused:  # somebody else was quicker
        form.add_error(None, str(refused))
    except ValidationError as error:
        put_errors(form, error)
    return form.is_valid()


def _form(
    request: HttpRequest, record: Record, activity: Activity, form: TransitionForm, *, heading: str, save_label: str
) -> HttpResponse:
    context = {
        "form": form,
        "record": record,
        "heading": heading,
        "save_label": save_label,
        "next": back_to(request),
        "cancel_url": back_to(request) or record_url("activity", record.number),
    }
    return _page(request, context, status=422 if form.errors else 200)


def _refused(request: HttpRequest, record: Record, text: str) -> HttpResponse:
    """What can't be done now, with the reason, and nothing to fill in."""
    context = {
        "record": record,
        "heading": _("This can't be done now"),
        "refused": text,
        "cancel_url": record_url("activity", record.number),
    }
    return _page(request, context, status=422)


def _page(request: HttpRequest, context: dict[str, Any], *, status: int) -> HttpResponse:
    return render(
        request, "activities/change.html" + ("#dialog" if wants_part(request) else ""), context, status=status
    )


def _back(request: HttpRequest, record: Record, text: str, *, closed: bool = False) -> HttpResponse:
    """To where the button stood, with what was done; after closing to the activity, which offers the next one."""
    messages.success(request, text)
    page = record_url("activity", record.number)
    url = f"{page}?closed=1" if closed else back_to(request) or page
    return HttpResponseClientRedirect(url) if wants_part(request) else redirect(url)


def _actor(request: HttpRequest) -> Actor:
    return Actor.of(signed_in(request), Channel.SCREEN)


def _done_words(before: State, to: State) -> str:
    if before is State.CLOSED:
        return _("%(number)s has been reopened.")
    return {
        State.IN_PROGRESS: _("%(number)s is in progress."),
        State.ON_HOLD: _("%(number)s is on hold."),
        State.CLOSED: _("%(number)s is closed."),
        State.NEW: _("%(number)s is back in the queue."),
    }[to]
