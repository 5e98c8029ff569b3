"""Settings, read from the environment; `docs/settings.md` tells each one."""

import os
import re
import sys
import tempfile
from datetime import time
from pathlib import Path

import dj_database_url
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from config import catalogues, environment
from integrity.federation import configuration

environment.load()
BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

# DEBUG in the environment means "this is no production system". Django's own debug pages print local
# variables, which here are people's reports, so Django's DEBUG is never on: docs/decisions/0002.
DEVELOPMENT = environment.flag("DEBUG") or TESTING
DEBUG = False
DEMONSTRATION = environment.flag("DEMONSTRATION")
if DEMONSTRATION and not DEVELOPMENT:
    raise ImproperlyConfigured(
        "The demonstration has well-known passphrases and refuses to start with DEBUG=0. "
        "Unset DEMONSTRATION to run a real institution."
    )
if DEMONSTRATION and os.environ.get(environment.FILE):
    raise ImproperlyConfigured("ENV_FILE names a real institution's settings: the demonstration refuses to use them.")
SITE = environment.text("SITE", "all")
if SITE not in {"all", "portal", "desk"}:
    raise ImproperlyConfigured(f"SITE must be all, portal or desk, not {SITE!r}.")

DATA_DIR = environment.path("DATA_DIR", BASE_DIR / "var")
KEY_DIR = environment.path("KEY_DIR", DATA_DIR / "keys")
SECRET_KEY = environment.secret("SECRET_KEY", folder=KEY_DIR, may_create=DEVELOPMENT)
RECEIPT_PEPPER = environment.secret("RECEIPT_PEPPER", folder=KEY_DIR, may_create=DEVELOPMENT)
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]" if DEVELOPMENT else "")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is missing: the host names of this system, split at commas.")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")
HTTPS = environment.flag("HTTPS", default=not DEVELOPMENT)
BEHIND_PROXY = environment.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None

INSTITUTION_NAME = environment.text("INSTITUTION_NAME", "Customs Integrity Office")
SUMMARY_PERIOD = environment.text("SUMMARY_PERIOD", "year")
if SUMMARY_PERIOD not in {"half-year", "year", "two-years"}:
    raise ImproperlyConfigured(f"SUMMARY_PERIOD must be half-year, year or two-years, not {SUMMARY_PERIOD!r}.")
CONFLICT_SMALL_OFFICE = environment.number("CONFLICT_SMALL_OFFICE", 15, least=2)
REVIEW_ASK_DAYS = environment.number("REVIEW_ASK_DAYS", 30, least=1)
REVIEW_DAYS = environment.number("REVIEW_DAYS", 30, least=1)
DETRIMENT_CONFIRM_DAYS = environment.number("DETRIMENT_CONFIRM_DAYS", 7, least=1)
PORTAL_POSTS_AT_ONCE = environment.number("PORTAL_POSTS_AT_ONCE", 240, least=0)
ARRIVING_AT_ONCE = environment.number("ARRIVING_AT_ONCE", 12)
ARRIVING_IN_ALL = environment.number("ARRIVING_IN_ALL", 36)
PORTAL_POSTS_PER_MINUTE = environment.number("PORTAL_POSTS_PER_MINUTE", 120, least=1)
PORTAL_BYTES_PER_DAY = environment.number("PORTAL_BYTES_PER_DAY", 8 * 1024**3)
# Tests that are not about it do not wait.
RECEIPT_SECONDS = environment.number("RECEIPT_MILLISECONDS", 0 if TESTING else 400) / 1000
QUICK_EXIT_URL = environment.text("QUICK_EXIT_URL", "https://www.wikipedia.org/")
ONION_URL = environment.text("ONION_URL", "").rstrip("/")
if ONION_URL and not re.fullmatch(r"https?://(?:[a-z0-9-]+\.)*[a-z2-7]{56}\.onion(?::\d+)?", ONION_URL):
    raise ImproperlyConfigured("ONION_URL must be an onion service's address, such as http://<56 characters>.onion.")
PUBLIC_URL = environment.required(
    "PUBLIC_URL", "the address at which the public reaches the portal", "http://127.0.0.1:8000" if DEVELOPMENT else ""
)
DESK_URL = environment.text("DESK_URL") or PUBLIC_URL

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "rest_framework",
    "drf_spectacular",
    "audit.log",
    "audit.console",
    "integrity.ui",
    "integrity.vault",
    "integrity.inspection",
    "integrity.people",
    "integrity.factors",
    "integrity.federation",
    "integrity.recovery",
    "integrity.rules",
    "integrity.programme",
    "integrity.digest",
    "integrity.outbox",
    "intake.channels",
    "intake.portal",
    "intake.followup",
    "intake.protection",
    "intake.clients",
    "intake.entry",
    "intake.posters",
    "intake.api",
    "cases",
    "cases.triage",
    "cases.identities",
    "cases.protection",
    "cases.investigation",
    "cases.discipline",
    "cases.appeals",
    "cases.publication",
    "cases.statistics",
    "config",
]

MIDDLEWARE = [
    "integrity.ui.padding.Padding",
    "integrity.ui.middleware.SecurityHeaders",
    "integrity.ui.middleware.OnionLocation",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "integrity.ui.arriving.Arriving",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "intake.entry.middleware.KeepWhatWasTyped",
    "integrity.people.middleware.Desk",
    "integrity.ui.middleware.Refusals",
    "integrity.factors.middleware.StepUp",
]
if SITE == "portal":
    # Nobody signs in there, so it reads no sessions: its account of the database may not.
    for name in ("sessions.middleware.Session", "auth.middleware.Authentication", "messages.middleware.Message"):
        MIDDLEWARE.remove(f"django.contrib.{name}Middleware")
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
                "integrity.ui.context.ui",
                "config.navigation.desk",
            ],
        },
    },
]
FORM_RENDERER = "integrity.ui.forms.Renderer"

DATABASES = {
    "default": dj_database_url.parse(
        environment.text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'integrity.sqlite3'}", conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction that reads and then writes would otherwise fail under load.
    # FULL: a receipt that was shown must survive a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON; "
        "PRAGMA mmap_size=134217728; PRAGMA cache_size=-20000;",
    }
    if TESTING:
        # A file, because threads cannot share SQLite's database in memory.
        DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/integrity-tests-{os.getpid()}.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.text("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "integrity.people.backend.KeyBackend",
    "guardian.backends.ObjectPermissionBackend",
]
LOGIN_URL = "people:sign_in"
ANONYMOUS_USER_NAME = None
GUARDIAN_GET_CONTENT_TYPE = "guardian.ctypes.get_default_content_type"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "desk"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "integrity.ui.errors.csrf_failure"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SITTING_IDLE_MINUTES = environment.number("SITTING_IDLE_MINUTES", 30, least=1)
SITTING_LIMIT_MINUTES = environment.number("SITTING_LIMIT_MINUTES", 600, least=1)
STEP_UP_MINUTES = environment.number("STEP_UP_MINUTES", 10, least=1)
RECOVERY_PROOF_DAYS = environment.number("RECOVERY_PROOF_DAYS", 180, least=1)
IDENTITY_RELEASE_DAYS = environment.number("IDENTITY_RELEASE_DAYS", 14, least=1)
DRAFT_DAYS = environment.number("DRAFT_DAYS", 7, least=1)
API_OPEN = environment.flag("API_OPEN", default=True)
INBOX_IDLE_MINUTES = environment.number("INBOX_IDLE_MINUTES", 30, least=1)

OIDC_ISSUER = environment.text("OIDC_ISSUER")
OIDC_CLIENT_ID = environment.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = environment.text("OIDC_CLIENT_SECRET")
OIDC_NAME = environment.text("OIDC_NAME")
OIDC_REQUIRED = environment.flag("OIDC_REQUIRED")
OIDC_USERNAME_CLAIM = environment.text("OIDC_USERNAME_CLAIM")
OIDC_CA_FILE = environment.text("OIDC_CA_FILE")
OIDC_PROXY = environment.text("OIDC_PROXY")
if wrong := configuration.complaint(
    issuer=OIDC_ISSUER,
    client=OIDC_CLIENT_ID,
    required=OIDC_REQUIRED,
    claim=OIDC_USERNAME_CLAIM,
    proxy=OIDC_PROXY,
):
    raise ImproperlyConfigured(wrong)

FILE_UPLOAD_HANDLERS = ["integrity.vault.uploads.SealingUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
VAULT_FILES = environment.path("VAULT_FILES", DATA_DIR / "files")
VAULT_FILE_LIMIT = environment.number("VAULT_FILE_LIMIT", 1024**3, least=1)
VAULT_FILES_PER_REQUEST = environment.number("VAULT_FILES_PER_REQUEST", 20, least=1)
VAULT_REQUEST_LIMIT = environment.number("VAULT_REQUEST_LIMIT", 4 * 1024**3, least=1)
VAULT_RESERVE = environment.number("VAULT_RESERVE", 0) if environment.text("VAULT_RESERVE") or TESTING else None
VAULT_SUITE = environment.number("VAULT_SUITE", 1, least=1)
CLAMAV = environment.text("CLAMAV")
if CLAMAV and not re.fullmatch(r"unix:/.+|tcp:[^:/\s]+:[0-9]{1,5}|tcp:\[[0-9a-fA-F:]+\]:[0-9]{1,5}", CLAMAV):
    raise ImproperlyConfigured(f"CLAMAV must be unix:/path or tcp:host:port, not {CLAMAV!r}.")
CLAMAV_SECONDS = environment.number("CLAMAV_SECONDS", 20, least=1)
CLEANING_LIMIT = environment.number("CLEANING_LIMIT", 64 * 1024**2, least=1)
CLEANING_SECONDS = environment.number("CLEANING_SECONDS", 60, least=1)
CLEANINGS_AT_ONCE = environment.number("CLEANINGS_AT_ONCE", 2, least=1)
VAULT_ALLOW_DERIVE_IN_TRANSACTION = TESTING
if TESTING:
    VAULT_STAFF_COST = (64, 1)
    VAULT_RECEIPT_COST = (64, 1)

LOG_ORIGIN = environment.required(
    "LOG_ORIGIN",
    "the name of this log for ever, such as integrity.example/audit",
    "log.example/integrity" if DEVELOPMENT else "",
)
LOG_KEY_FILE = environment.path("LOG_KEY_FILE", KEY_DIR / "log.key")
LOG_SIGNER_COMMAND = environment.text("LOG_SIGNER_COMMAND")
LOG_SIGNER_VKEY = environment.text("LOG_SIGNER_VKEY")
LOG_NEXT_SIGNER_COMMAND = environment.text("LOG_NEXT_SIGNER_COMMAND")
LOG_NEXT_SIGNER_VKEY = environment.text("LOG_NEXT_SIGNER_VKEY")
LOG_HIGH_WATER_FILE = environment.path("LOG_HIGH_WATER_FILE", DATA_DIR / "log.high-water")
LOG_WITNESSES = environment.words("LOG_WITNESSES")
LOG_QUORUM = environment.number("LOG_QUORUM", len(LOG_WITNESSES) // 2 + 1 if LOG_WITNESSES else 0)
LOG_TIMESTAMP_URL = environment.text("LOG_TIMESTAMP_URL")
LOG_TIMESTAMP_CA = environment.text("LOG_TIMESTAMP_CA")
LOG_TIMESTAMP_HOURS = environment.number("LOG_TIMESTAMP_HOURS", 24, least=1)
LOG_CADENCE = environment.number("LOG_CADENCE", 60 if DEMONSTRATION else 600, least=1)
LOG_PADDING = environment.number("LOG_PADDING", 8)
LOG_VERIFY_HOURS = environment.number("LOG_VERIFY_HOURS", 24, least=1)
LOG_PRIVATE_DAYS = environment.number("LOG_PRIVATE_DAYS", 365, least=1)
AUDIT_CONSOLE_ACCESS = "integrity.people.access.reader_of_the_log"
AUDIT_CONSOLE_EXPORT_ACCESS = "integrity.people.access.taker_from_the_log"

LANGUAGE_CODE = environment.text("LANGUAGE_CODE", "en")
try:
    OFFERED = catalogues.languages(environment.words("LANGUAGES"))
except catalogues.UnknownLanguage as unknown:
    raise ImproperlyConfigured(f"LANGUAGES: {unknown}") from unknown
if LANGUAGE_CODE not in OFFERED:
    raise ImproperlyConfigured(f"LANGUAGE_CODE is {LANGUAGE_CODE!r}, and LANGUAGES offers only {', '.join(OFFERED)}.")
LANGUAGES = [(code, LANG_INFO[code]["name"]) for code in OFFERED]
DRAFT_LANGUAGES = catalogues.drafts(OFFERED)
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = environment.text("TIME_ZONE", "Asia/Bangkok")
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = environment.path("STATIC_ROOT", DATA_DIR / "static")
# Rooms above the common look that add to the one style sheet of the public pages.
PORTAL_STYLES = ["portal/pages.css"]
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_MAX_AGE = 3600

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 600}
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "queue"),
        "data_folder_out": str(DATA_DIR / "queue"),
        "control_folder": str(DATA_DIR / "queue-control"),
    }
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
EMAIL_BACKEND = environment.text("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST = environment.text("EMAIL_HOST", "localhost")
EMAIL_PORT = environment.number("EMAIL_PORT", 25, least=1)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = environment.flag("EMAIL_USE_SSL")
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("EMAIL_USE_TLS and EMAIL_USE_SSL are two ways of the same: set one of them.")
EMAIL_TIMEOUT = environment.number("EMAIL_TIMEOUT", 20, least=1)
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "desk@localhost")
_digest_at = environment.text("DIGEST_AT", "off" if EMAIL_BACKEND.endswith("dummy.EmailBackend") else "08:00")
try:
    DIGEST_AT = None if _digest_at == "off" else time.fromisoformat(_digest_at)
except ValueError as no_time:
    raise ImproperlyConfigured(f"DIGEST_AT must be a time such as 08:00, or off, not {_digest_at!r}.") from no_time

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_VERSIONING_CLASS": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Integrity office",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Four questions of the survey share these answers, so that none of them can name them.
    "ENUM_NAME_OVERRIDES": {"AgreementEnum": "intake.followup.survey.Agreement"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        # Django's own would also write e-mails, with everything of a request in them.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Below ERROR Django names addresses with the moment of the request: "somebody opened the inbox now".
        "django.request": {"level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "WARNING")},
}
