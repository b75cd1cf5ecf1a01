"""Settings of the test runs: fast password hashing, plain static files; everything that matters stays as in production."""

from config.settings import *
from config.settings import Q_CLUSTER

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Tests drive the queue themselves, job by job.
Q_CLUSTER = {**Q_CLUSTER, "testing": True}
