"""PostgreSQL: `DATABASE_URL` where it is set, else the embedded server in `DATA_DIR`, started when it is not running."""

import sys
from pathlib import Path

from config import postgres
from config.settings.base import DATA_DIR
from config.settings.env import env

DATABASE_URL = env("DATABASE_URL", default="") or postgres.ensure_running(DATA_DIR / "postgres")

# The audit trail tells programs apart by this name: "stepwell qcluster", "stepwell granian", "stepwell audit".
_script = Path(sys.argv[0] or "python")
_program = _script.parent.name if _script.name == "__main__.py" else _script.name
_name = " ".join(["stepwell", *(sys.argv[1:2] if _program == "manage.py" else [_program])])

# The web server's threads share a pool (`config.wsgi` asks for it). Queue workers are forked from one process and must
# not inherit its connections: each keeps one of its own.
_pool_size = env.int("DATABASE_POOL_MAX", default=0)
_pool = {
    "min_size": 1,
    "max_size": _pool_size,
    "timeout": env.int("DATABASE_POOL_TIMEOUT", default=10),
}

DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL),
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0 if _pool_size else 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": _name, **({"pool": _pool} if _pool_size else {})},
    }
}
