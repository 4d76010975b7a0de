"""The form that a link in another application opens."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hilvan.people.permissions import Action
from hilvan.records.history import Actor, Channel
from hilvan.records.kinds import kinds
from hilvan.web.links import record_url
from hilvan.web.views_changes import filled, written
from hilvan.web.views_lists import signed_in, visible_record

from .forms import ExternalForm
from .services import create_on, draft_external, held

NAMED = {"system": "system", "id": "external_id", "title": "title", "url": "url"}
"""The parameters that tell of the other application's record, and its fields."""


@require_http_methods(["GET", "HEAD", "POST"])
def create_from_elsewhere(request: HttpRequest, made: str) -> HttpResponse:
    """A new record of the kind ``made`` on one of another application; further parameters fill fields of the form.

    Anybody can write such an address, so that asking for it writes nothing, and it can't change what is known of a
    record already: then it leads to the form that the record's own Create menu opens. A record which is not known yet
    is shown as the address tells it, and written down together with what is made when that is saved.
    """
    user = signed_in(request)
    kind, external = kinds.get(made), kinds["external"]
    start = kind.start_from(external.name) if kind else None
    if kind is None or start is None:
        raise Http404
    told = {field: request.GET.get(name, "") for name, field in NAMED.items()}
    try:
        elsewhere = draft_external(actor=Actor.of(user, Channel.SCREEN), **told)  # type: ignore[arg-type]
    except ValidationError as error:
        labels = {name: ExternalForm.base_fields[field].label for name, field in NAMED.items()}
        wrong = [(name, labels[name], error.message_dict.get(field)) for name, field in NAMED.items()]
        return render(request, "external/refused.html", {"wrong": [one for one in wrong if one[2]]}, status=400)
    known = held(user.company, elsewhere.system, elsewhere.external_id)
    if known is not None and visible_record(external, known.number, user) and request.method != "POST":
        more = {name: value for name, value in request.GET.items() if name not in NAMED}
        return redirect(reverse("record_new", kwargs={"kind": kind}, query={"origin": known.number, **more}))
    if not user.may(Action.CREATE, kind.name) or (known is None and not user.may(Action.CREATE, external.name)):
        raise PermissionDenied
    form = filled(request, kind, user, start.prefill(known or elsewhere.record, user))
    context = {
        "origin": known,
        "elsewhere": elsewhere,
        "above": "" if known else "external/elsewhere.html",
        "cancel_url": record_url(known.kind, known.number) if known else reverse("record_list", kwargs={"kind": kind}),
    }
    return written(request, kind, form, partial(create_on, kind, elsewhere), context)
