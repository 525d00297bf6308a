"""Django's settings; what differs from place to place comes from KIMPPA_ environment variables."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from kimppa.site.environment import (
    database_from_url,
    is_on,
    listed,
    number,
    secret_key,
    smtp_from_url,
)

CHECKOUT = Path(__file__).resolve().parents[3]
LOCAL_FOLDER = Path("var")

DEBUG = is_on("KIMPPA_DEBUG")
SECRET_KEY = secret_key(os.environ.get("KIMPPA_SECRET_KEY", ""), LOCAL_FOLDER / "secret-key")
ALLOWED_HOSTS = listed("KIMPPA_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
DATABASES = {
    "default": database_from_url(
        os.environ.get("KIMPPA_DATABASE_URL", f"sqlite:///{LOCAL_FOLDER}/kimppa.sqlite3")
    )
}

INSTALLED_APPS = [
    "kimppa.site",
    "kimppa.circulation",
    "kimppa.catalogue",
    "kimppa.patrons",
    "kimppa.organisations",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
]
MIDDLEWARE = [
    "kimppa.site.middleware.BehindProxies",
    "django.middleware.security.SecurityMiddleware",
    "kimppa.site.middleware.BrowserPolicies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "kimppa.organisations.sessions.SessionLimits",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "kimppa.site.urls"
WSGI_APPLICATION = "kimppa.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Staff: the patron who was served last can be called back for so many minutes.
LAST_PATRON_MINUTES: int = number("KIMPPA_LAST_PATRON_MINUTES", 15)
# Staff: a session ends when nothing was done for so many minutes, and after so many hours anyway.
SESSION_IDLE_MINUTES: int = number("KIMPPA_SESSION_IDLE_MINUTES", 30)
SESSION_HOURS: int = number("KIMPPA_SESSION_HOURS", 10)
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# How long `kimppa forget-log` keeps lines of the access log.
LOG_DAYS: int = number("KIMPPA_LOG_DAYS", 5 * 365)
AUTHENTICATION_BACKENDS = ["kimppa.organisations.backends.StaffBackend"]
LOGIN_URL = "organisations:sign_in"
LOGIN_REDIRECT_URL = "staff"
LOGOUT_REDIRECT_URL = "organisations:sign_in"
AUTH_USER_MODEL = "organisations.StaffAccount"
# Argon2 alone: no account is older than it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = "kimppa.site.formats"
TIME_ZONE = "Europe/Helsinki"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
NPM_FOLDER = CHECKOUT / "static-npm"
STATICFILES_DIRS = [NPM_FOLDER] if NPM_FOLDER.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600

# Behind proxies that say by X-Forwarded-For and -Proto who called and how; 0: called directly.
PROXIES: int = number("KIMPPA_PROXIES", 0)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
# Served by https: cookies travel by it only, and browsers ask for nothing else for a year.
HTTPS = is_on("KIMPPA_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True

# The vault of identity codes: the first key encrypts, every key opens; else files in the folder.
VAULT_KEYS: list[str] = listed("KIMPPA_VAULT_KEY", "")
VAULT_HASH_KEY: str = os.environ.get("KIMPPA_VAULT_HASH_KEY", "")
VAULT_FOLDER: Path = LOCAL_FOLDER
TEMPORARY_IDENTITY_CODES: bool = is_on("KIMPPA_TEMPORARY_IDENTITY_CODES")

# Notices to patrons; without these, what waits to be sent waits.
globals().update(smtp_from_url(os.environ.get("KIMPPA_SMTP_URL", "")))
DEFAULT_FROM_EMAIL = os.environ.get("KIMPPA_SENDER", "kimppa@localhost")
SMS_URL = os.environ.get("KIMPPA_SMS_URL", "")
SMS_TOKEN = os.environ.get("KIMPPA_SMS_TOKEN", "")

# Django's own request log names paths and status codes, never what people typed in a form.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "kimppa.site.logs.WithoutData",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
