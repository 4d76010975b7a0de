"""What the API takes for a record of another application."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hilvan.records.references import NOT_GIVEN, RecordRef, RecordSchema, TeamRef, UserRef


class ExternalFields(BaseModel):
    """All of them can be left out: what a new one needs, the service says."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    party: RecordRef | None = None
    owner: UserRef | None = None
    team: TeamRef | None = None
    system: str | None = None
    external_id: str | None = None
    url: str | None = None


class ToldExternal(RecordSchema):
    """What another application tells of its record; what is left out stays as it is."""

    title: str = NOT_GIVEN
    url: str | None = None
    party: RecordRef | None = None
