"""Django's settings: one file; the environment decides (see ``hilvan.environment``)."""

from __future__ import annotations

import os
import secrets
import zoneinfo
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.utils.translation import gettext_lazy as _

from hilvan import plugins
from hilvan.environment import ConfigurationError, read
from hilvan.postgres import Cluster, default_data_folder

ROOT = Path(__file__).resolve().parent.parent
DATA = default_data_folder()


def _secret_key() -> str:
    """The key given, or one made at the first start and kept in the data folder, readable by its owner alone."""
    if given := read("HILVAN_SECRET_KEY"):
        return given
    path = DATA / "secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        key = secrets.token_urlsafe(50)
    try:
        DATA.mkdir(parents=True, exist_ok=True)
        with open(path, "x", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(key)
    except FileExistsError:
        return path.read_text()
    return key


SECRET_KEY = _secret_key()
DEBUG = False
LAST_ADDRESS = DATA / "address"  # where ``hilvan run`` answered last: other commands on this folder make links to it


def _base_url() -> str:
    try:
        return read("HILVAN_BASE_URL") or LAST_ADDRESS.read_text()
    except OSError:
        return "http://127.0.0.1:8000"


BASE_URL = _base_url().rstrip("/")
_site = urlsplit(BASE_URL)
ALLOWED_HOSTS = [
    *(h for h in (read("HILVAN_ALLOWED_HOSTS") or "").split(",") if h),
    _site.hostname or "localhost",
    "127.0.0.1",
    "localhost",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "hilvan.people",
    "hilvan.records",
    "hilvan.web",
    "hilvan.notifications",
    "hilvan.administration",
    "hilvan.conversation",
    "hilvan.printing",
    "hilvan.working_time",
    "hilvan.activities",
    "hilvan.trade",
    "hilvan.products",
    "hilvan.parties",
    "hilvan.opportunities",
    "hilvan.incidents",
    "hilvan.quotes",
    "hilvan.sales",
    "hilvan.work_orders",
    "hilvan.receipts",
    "hilvan.remittances",
    "hilvan.purchases",
    "hilvan.external",
    "hilvan.importing",
    *plugins.installed(),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hilvan.web.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "hilvan.web.middleware.language_and_zone",
    "hilvan.administration.middleware.first_use_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hilvan.web.context.shell",
            ],
        },
    }
]

FORM_RENDERER = "hilvan.web.widgets.Renderer"

# -- Database: the application's role serves every request; the owner's only migrates --

_cluster = Cluster(DATA)
_url = read("HILVAN_DATABASE_URL") or _cluster.url("hilvan")
_owner_url = read("HILVAN_DATABASE_OWNER_URL") or (read("HILVAN_DATABASE_URL") or _cluster.url("hilvan_owner"))
# No transaction may last 30 s after its first change, so that answers as of a past instant settle soon (see
# records/sql/history.sql, which enforces it); these two end idlers and slow statements before that.
_TIMEOUTS = "-c statement_timeout=25s -c idle_in_transaction_session_timeout=20s"
# Pages in no order cost little more than in order where no disk turns; else lists as of an instant read all the past.
_PLANNING = "-c random_page_cost=1.1"


def _database(url: str, options: str = "") -> dict[str, object]:
    try:
        settings = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    except ValueError:
        settings = {}
    if settings.get("ENGINE") != "django.db.backends.postgresql":
        raise ConfigurationError("HILVAN_DATABASE_URL, …_OWNER_URL: use postgres://role:password@host:port/database")
    given = settings.get("OPTIONS")
    settings["OPTIONS"] = {**(given if isinstance(given, dict) else {}), **({"options": options} if options else {})}
    settings["DISABLE_SERVER_SIDE_CURSORS"] = False
    return settings


DATABASES = {"default": _database(_url, f"{_TIMEOUTS} {_PLANNING}"), "owner": _database(_owner_url)}
DATABASES["default"]["ENGINE"] = "config.database"
DATABASES["owner"]["CONN_MAX_AGE"] = 0
DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- People --

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["hilvan.people.backends.PasswordBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _site.scheme == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _site.scheme == "https" else None

# -- Language, zone, files --

LANGUAGE_CODE = read("HILVAN_LANGUAGE") or "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
USE_I18N = USE_TZ = True
TIME_ZONE = read("HILVAN_TIME_ZONE") or "Europe/Madrid"
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ConfigurationError(f"HILVAN_LANGUAGE: “{LANGUAGE_CODE}” is none of {', '.join(dict(LANGUAGES))}")
if TIME_ZONE not in zoneinfo.available_timezones():
    raise ConfigurationError(f"HILVAN_TIME_ZONE: “{TIME_ZONE}” is not a known time zone")
LOCALE_PATHS = [ROOT / "hilvan" / "locale"]
FORMAT_MODULE_PATH = "hilvan.web.formats"

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"


def _storage(url: str) -> dict[str, object]:
    """Django's names for the storage of what is attached to records."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme != "file" or parts.netloc or not path.startswith("/"):
        raise ConfigurationError("HILVAN_STORAGE_URL: use file:///folder")
    options = {"location": path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "hilvan.records.storage.Folder", "OPTIONS": options}


def _megabytes(name: str, default: int) -> int:
    given = read(name) or str(default)
    if not given.isdecimal() or not int(given):
        raise ConfigurationError(f"{name}: “{given}” is no number of megabytes")
    return int(given) * 1024 * 1024


STORAGES = {
    "attachments": _storage(read("HILVAN_STORAGE_URL") or (DATA / "attachments").absolute().as_uri()),
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"
ATTACHMENT_LIMIT = _megabytes("HILVAN_ATTACHMENT_LIMIT", 25)
ATTACHMENT_TYPES = {one.strip().lower() for one in (read("HILVAN_ATTACHMENT_TYPES") or "").split(",") if one.strip()}
FILE_UPLOAD_HANDLERS = [
    "hilvan.web.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# -- Mail: without HILVAN_EMAIL_URL messages wait in the ledger, where the screen shows them --


def _mail(url: str) -> dict[str, object]:
    """Django's names for ``smtp://``, ``smtp+tls://`` (STARTTLS) and ``smtps://`` (TLS from the first byte)."""
    parts = urlsplit(url)
    try:
        port = parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
    except (KeyError, ValueError):
        port = None
    if not port or not parts.hostname:
        raise ConfigurationError("HILVAN_EMAIL_URL: use smtp://, smtp+tls:// or smtps://user:password@host:port")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


EMAIL_URL = read("HILVAN_EMAIL_URL")
if EMAIL_URL:
    globals().update(_mail(EMAIL_URL))
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = read("HILVAN_EMAIL_FROM") or f"Hilván <hilvan@{_site.hostname}>"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"one_line": {"()": "hilvan.web.views_errors.WithoutTrace"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["one_line"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "hilvan": {"level": "INFO"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # answered 400; scanners would fill the log
    },
}
