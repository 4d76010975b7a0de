"""The pages of an import."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hilvan.importing.models import Stage, TableImport
from hilvan.importing.tables import running, views
from hilvan.people.models import User
from hilvan.records.models import Record
from tests.world import World

ROWS = "Nombre;NIF;País\nPanadería Sol;B75777847;España\nMala;B99999999;España\n"


@pytest.fixture
def client_of() -> Any:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def send(client: Client, content: bytes | str = ROWS, kind: str = "customer") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/import/", {"kind": kind, "file": SimpleUploadedFile("clientes.csv", data)})


def test_a_table_is_looked_at_corrected_and_imported(world: World, client_of: Any) -> None:
    client = client_of(world.ana)
    answer = send(client)
    table = TableImport.objects.get()
    page = reverse("import_page", args=[table.uuid])
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert 'hx-trigger="every 1s"' in client.get(page).content.decode()
    running.run(table)
    shown = client.get(page).content.decode()
    assert "Importar 1 fila" in shown
    assert "NIF: No es un NIF, NIE, CIF o NIF-IVA de la UE válido." in shown
    assert not Record.objects.filter(title="Panadería Sol").exists()

    assert client.post(page, {"existing": "skip", "column_0": "title", "column_1": "title"}).status_code == 422
    chosen = {"existing": "skip", "parties": "refuse", "people": "refuse", "column_0": "title", "column_1": ""}
    assert client.post(page, chosen).status_code == 302
    running.run(table)
    assert table.counts == {"new": 2}
    client.post(page, {**chosen, "column_1": "tax_id"})
    running.run(table)

    assert client.post(reverse("import_start", args=[table.uuid])).status_code == 302
    assert client.get(reverse("import_progress", args=[table.uuid])).status_code == 200
    running.run(table)
    assert table.stage == Stage.DONE
    assert Record.objects.filter(title="Panadería Sol").count() == 1
    assert client.get(reverse("import_progress", args=[table.uuid])).headers["HX-Refresh"] == "true"
    client.post(reverse("import_start", args=[table.uuid]))  # twice is once
    running.run(table)
    assert Record.objects.filter(title="Panadería Sol").count() == 1

    refused = client.get(reverse("import_refused", args=[table.uuid]))
    told = b"".join(refused.streaming_content).decode("utf-8-sig")
    assert told == (
        "Motivo del rechazo;Nombre;NIF;País\r\n"
        "NIF: No es un NIF, NIE, CIF o NIF-IVA de la UE válido.;Mala;B99999999;España\r\n"
    )
    assert client.post(reverse("import_forget", args=[table.uuid])).status_code == 302
    assert not TableImport.objects.exists()
    assert Record.objects.filter(title="Panadería Sol").exists()


@pytest.mark.parametrize(
    "content", [b"", b"name;name\na;b\n", b"name\n", b"PK\x03\x04", b"a\x00b\n1\n", b"\x81\x8f\n1"]
)
def test_what_is_no_table_is_said_beside_the_file(world: World, client_of: Any, content: bytes) -> None:
    answer = send(client_of(world.ana), content)
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert not TableImport.objects.exists()


def test_a_file_that_is_too_big_is_said_beside_it_and_not_kept(
    world: World, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAX_BYTES", 200_000)  # the bound of the upload; a file within it is refused in reading
    answer = send(client_of(world.ana), b"name\n" + b"a\n" * 200_000)
    assert not TableImport.objects.exists()
    assert answer.status_code == 422
    assert "El fichero tiene más de 20 MB: divídelo." in answer.content.decode()


def test_an_upload_needs_its_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ana)
    assert send(client).status_code == 403
    assert not TableImport.objects.exists()


def test_an_import_is_seen_by_who_made_it_and_by_administrators(world: World, client_of: Any) -> None:
    send(client_of(world.ana))
    page = reverse("import_page", args=[TableImport.objects.get().uuid])
    answers = {user.username: client_of(user).get(page).status_code for user in (world.ana, world.jefa)}
    assert set(answers.values()) == {200}
    assert [client_of(user).get(page).status_code for user in (world.luis, world.zoe)] == [404, 404]


def test_who_may_create_nothing_finds_no_import(world: World, client_of: Any) -> None:
    role = world.company.roles.get(code="reader")
    User.objects.filter(pk=world.luis.pk).update(role=role)
    client = client_of(world.luis)
    assert client.get("/import/").status_code == 403
    assert 'href="/import/"' not in client.get("/customers/").content.decode()


def test_the_page_takes_as_many_queries_for_few_rows_as_for_many(world: World, client_of: Any) -> None:
    client = client_of(world.ana)

    def queries(rows: int) -> int:
        send(client, "name\n" + "\n".join(f"Cliente {rows} {n}" for n in range(rows)))
        table = running.run(TableImport.objects.latest("pk"))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("import_page", args=[table.uuid])).status_code == 200
        return len(seen)

    assert queries(1) == queries(49)
