"""The REST API: every part's addresses, one way to be known, one shape for every error (problem+json, RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as Invalid
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as Malformed
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer
from pydantic import BaseModel
from pydantic_core import to_json

import hilvan
from hilvan.activities.api import router as activities
from hilvan.conversation.api import router as conversation
from hilvan.people.api import Token
from hilvan.people.api import router as people
from hilvan.people.models import User
from hilvan.records.api import router as records
from hilvan.records.attached_api import router as attached
from hilvan.records.family_api import shared_routes
from hilvan.records.kind_api import routes
from hilvan.records.kinds import kinds
from hilvan.records.services import MayExist, Refused

logger = logging.getLogger("hilvan.api")
PROBLEM = "application/problem+json"


class FieldError(BaseModel):
    """``field`` is empty where the error is of the whole."""

    field: str
    code: str
    message: str


class SimilarJSON(BaseModel):
    id: str
    number: str
    title: str
    why: str


class Problem(BaseModel):
    """RFC 9457. ``errors`` with 422, ``allowed`` with 409; ``duplicates`` where ``allow_duplicate`` would do it."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    allowed: list[str] | None = None
    duplicates: list[SimilarJSON] | None = None


class KnownToken(Token):
    """Also chooses the language of the answer: the one asked for, else the user's."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = super().authenticate(request, token)
        if user is not None and "Accept-Language" not in request.headers:
            translation.activate(user.speaks)  # the override around every answer takes it back
        return user


class Renderer(JSONRenderer):
    """JSON as pydantic writes it, which made the answers' data; in UTF-8, five times as fast as Python's own."""

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data)


class API(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Ninja's, with the problems that every operation may answer."""
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"] |= _schemas(Problem)
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        schema["components"]["responses"] = {
            str(status): {"description": HTTPStatus(status).phrase, "content": content}
            for status in (400, 401, 403, 404, 409, 413, 422, 500, 503)
        }
        for address, operations in schema["paths"].items():
            for method, operation in operations.items():
                statuses = [401, 422, 500, 503]
                if "{" in address:
                    statuses.append(404)
                if method != "get":
                    statuses += [400, 403, 413]
                for status in sorted(statuses):
                    operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
        return schema


api = API(
    title="Hilván",
    version=hilvan.__version__,
    description="Records, the activities on them, and their history. Tokens: `hilvan token create NAME`.",
    docs_url=None,
    urls_namespace="api",
    auth=KnownToken(),
    renderer=Renderer(),
)
api.add_router("", people)
api.add_router("", records)
api.add_router("", attached)
api.add_router("", conversation)
api.add_router("", activities)
for part in apps.get_app_configs():  # what a part has besides the addresses of its kinds
    known = part.label in {"people", "records", "conversation", "activities"} or not part.name.startswith("hilvan.")
    if not known and module_has_submodule(part.module, "api"):
        api.add_router("", import_module(f"{part.name}.api").router)
for kind in kinds:
    if kind.name != "activity":  # which has addresses of its own
        api.add_router("", routes(kind))
for family in sorted({kind.family for kind in kinds if kind.family}):
    api.add_router("", shared_routes(family, [kind for kind in kinds if kind.family == family]))


def problem(status: int, detail: str = "", **more: Any) -> JsonResponse:
    phrase = HTTPStatus(status).phrase
    data = {"type": "about:blank", "title": phrase, "status": status, "detail": detail or phrase, **more}
    response = JsonResponse(data, status=status, content_type=PROBLEM)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def invalid(errors: list[dict[str, str]]) -> JsonResponse:
    return problem(422, _("Some of what was given is not right."), errors=errors)


@api.exception_handler(Malformed)
def malformed(request: HttpRequest, error: Malformed) -> HttpResponse:
    """What does not fit the schema."""
    return invalid(
        [{"field": _field(one["loc"]), "code": one["type"], "message": _message(one)} for one in error.errors]
    )


@api.exception_handler(Invalid)
def refused_by_a_rule(request: HttpRequest, error: Invalid) -> HttpResponse:
    """What a service or a filter refuses."""
    by_field: dict[str, list[Invalid]] = getattr(error, "error_dict", None) or {NON_FIELD_ERRORS: error.error_list}
    return invalid(
        [
            {
                "field": "" if field == NON_FIELD_ERRORS else field,
                "code": one.code or "invalid",
                "message": " ".join(one.messages),
            }
            for field, errors in by_field.items()
            for one in errors
        ]
    )


@api.exception_handler(DataError)
def not_storable(request: HttpRequest, error: DataError) -> HttpResponse:
    """A value that passed every check and that the database can't hold: the caller's fault, and a check's."""
    logger.warning("The database could not hold a value: %s", error)
    return invalid([{"field": "", "code": "data", "message": _("This value is not valid.")}])


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    """Nothing was changed, unless the database went away in the very moment of committing."""
    logger.warning("%s %s: %s", request.method, request.path, str(error).partition("\n")[0])
    response = problem(503, _("The database does not answer just now. Try again in a moment."))
    response["Retry-After"] = "5"
    return response


@api.exception_handler(Refused)
def refused_now(request: HttpRequest, error: Refused) -> HttpResponse:
    return problem(409, str(error), allowed=list(error.allowed))


@api.exception_handler(MayExist)
def may_exist(request: HttpRequest, error: MayExist) -> HttpResponse:
    found = [
        {"id": str(one.record.uuid), "number": one.record.number, "title": one.record.title, "why": one.why}
        for one in error.similar
    ]
    return problem(409, str(error), duplicates=found)


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403, str(error))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404 | None = None, **_path: str) -> HttpResponse:
    return problem(404, _("There is nothing here, or you may not see it."))


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(413, _("The request is too big."))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own: no known token, a body that is not JSON."""
    details = {401: _("A valid token is needed: “Authorization: Bearer …”."), 400: _("The body is not JSON.")}
    return problem(error.status_code, details.get(error.status_code, ""))


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("%s %s failed", request.method, request.path, exc_info=error)
    return problem(500, _("Something went wrong here. It has been noted."))


# Pydantic's kinds of error in words; "%(…)s" are names of their contexts.
MESSAGES = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "literal_error": gettext_lazy("Possible are: %(expected)s."),
    "string_type": gettext_lazy("A text is expected."),
    "string_unicode": gettext_lazy("This text is not valid Unicode."),
    "string_too_long": gettext_lazy("At most %(max_length)s characters."),
    "int_type": gettext_lazy("A whole number is expected."),
    "int_parsing": gettext_lazy("A whole number is expected."),
    "int_from_float": gettext_lazy("A whole number is expected."),
    "bool_type": gettext_lazy("“true” or “false” is expected."),
    "bool_parsing": gettext_lazy("“true” or “false” is expected."),
    "greater_than_equal": gettext_lazy("At least %(ge)s."),
    "less_than_equal": gettext_lazy("At most %(le)s."),
    "model_attributes_type": gettext_lazy("A JSON object is expected."),
    "model_type": gettext_lazy("A JSON object is expected."),
}


def _message(error: dict[str, Any]) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    known = MESSAGES.get(error["type"])
    if error["type"] == "literal_error":
        context = {"expected": context["expected"].replace("'", "").replace(" or ", ", ")}
    return str(known) % context if known else _("This value is not valid.")


def _field(location: Iterable[str | int]) -> str:
    """The field's name, without where ninja found it ("body", "query") and how the view calls the whole."""
    source, *names = location
    if names and names[0] in {"data", "asked"}:
        names = names[1:]
    return ".".join(str(name) for name in (names[:1] if source == "query" else names))


def _schemas(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _speaking(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Every answer in the caller's language, refused methods as problems; sign-in by cookie plays no part."""

    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override(translation.get_language_from_request(request)):
            try:
                if request.content_type != "multipart/form-data":
                    # Before anything is answered: who still writes would find the connection closed, and no answer.
                    request.body  # noqa: B018
                response = view(request, *args, **kwargs)
            except RequestDataTooBig as error:
                response = too_big(request, error)
            except Http404:  # the root, which is there only to be known by its name
                response = not_found(request)
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                allow = ", ".join(sorted(response["Allow"].split(", ")))
                response = problem(405, _("Possible are: %(expected)s.") % {"expected": allow})
                response["Allow"] = allow
            response["Content-Language"] = translation.get_language() or ""
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def _patterns() -> list[URLPattern]:
    patterns = [*api.urls[0], path("<path:rest>", not_found, name="nothing")]
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        pattern.callback = _speaking(pattern.callback)
    return patterns  # type: ignore[return-value]


urls = (_patterns(), "ninja", "api")
