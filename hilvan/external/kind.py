"""The declaration of the record of another application, and how it is told."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hilvan.parties.kind import card_of_people
from hilvan.people.models import Company
from hilvan.records.kinds import Column, Fact, Filter, Kind

from . import services
from .forms import ExternalForm
from .models import External
from .schemas import ExternalFields


def describe(external: External) -> dict[str, Any]:
    return {name: getattr(external, name) for name in services.OWN}


def facts(external: External) -> list[Fact]:
    told = [Fact(_("System"), external.system), Fact(_("Identifier there"), external.external_id)]
    return [fact for fact in told if fact.value]


def systems(company: Company) -> list[tuple[str, str]]:
    """Those of which there are records."""
    names = External.objects.filter(company=company).exclude(system="").order_by("system").distinct()
    return [(name, name) for name in names.values_list("system", flat=True)]


EXTERNAL = Kind(
    name="external",
    model=External,
    label=_("External record"),
    label_plural=_("External records"),
    new_label=_("New external record"),
    from_label=_("from the external record"),
    icon="external-link",
    prefix="EXT",
    path="external-records",
    section=_("CRM"),
    position=70,
    create=services.create_external,
    change=services.change_external,
    form=ExternalForm,
    schema=ExternalFields,
    describe=describe,
    facts=facts,
    columns=(
        Column(_("System"), lambda external: external.system, of="system"),
        Column(_("Identifier there"), lambda external: external.external_id, of="external_id"),
    ),
    filters=(Filter("system", _("System"), systems, lambda value: Q(system=value)),),
    ways=lambda external: {"url": external.url},
    known_by=("external_id",),
    contact_card=card_of_people,
)
