"""What an incident's page shows beyond any record's."""

from __future__ import annotations

from django.test import Client

from hilvan.incidents.services import close_incident
from tests.world import World


def test_a_closed_incident_shows_how_it_was_resolved(world: World, client: Client) -> None:
    client.force_login(world.ana)
    record = world.incident()
    assert "Junta <nueva>" not in client.get(f"/incidents/{record.number}").content.decode()

    close_incident(record, actor=world.actor(), resolution="Junta <nueva>")
    assert '<div class="panel-body prose">Junta &lt;nueva&gt;</div>' in (
        client.get(f"/incidents/{record.number}").content.decode()
    )
