"""A call already made is noted in one small form and born closed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import kinds
from hilvan.records.models import Record
from hilvan.records.services import prefill
from hilvan.web.links import record_url
from hilvan.web.views_changes import put_errors
from hilvan.web.views_lists import signed_in

from .. import services
from ..forms import CallForm
from ..models import ActivityType

CALL = "call"


@require_http_methods(["GET", "POST"])
def note_call(request: HttpRequest) -> HttpResponse:
    """From nothing, or with ``?origin=NUMBER`` on that record, with the people of whom it has to do."""
    user = signed_in(request)
    if not user.may(Action.CREATE, "activity"):
        raise PermissionDenied
    origin: Record | None = None
    prefilled = {}
    back = reverse("activity_list")
    if number := request.GET.get("origin", ""):
        origin = Record.objects.find(user, number)
        if origin is None:
            raise Http404
        back = record_url(origin.kind, origin.number)
        try:
            prefilled = prefill(kinds["activity"], origin, user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(back)
    call = ActivityType.objects.filter(company=user.company_id, code=CALL, is_active=True).first()
    if call is None:
        messages.error(request, _("There are no calls: their type is not active."))
        return redirect(back)

    data = request.POST if request.method == "POST" else None
    named = {name: one for name, one in prefilled.items() if name in CallForm.base_fields}
    form = CallForm(data, user=user, prefilled=named, call=call, now=timezone.now())
    if form.is_valid():
        try:
            record = services.create_activity(
                actor=Actor.of(user, Channel.SCREEN), origin=origin, **form.service_fields()
            )
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The call has been noted: %(number)s.") % {"number": record.number})
            return redirect(back if origin else record_url("activity", record.number))
    context = {"form": form, "origin": origin, "cancel_url": back}
    return render(request, "activities/call.html", context, status=422 if form.errors else 200)
