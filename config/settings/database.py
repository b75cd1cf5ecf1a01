"""PostgreSQL: `DATABASE_URL` where it is set, else the embedded server in `DATA_DIR`, started when it is not running."""

from config import postgres
from config.settings.base import DATA_DIR
from config.settings.env import env

DATABASE_URL = env("DATABASE_URL", default="") or postgres.ensure_running(DATA_DIR / "postgres")

DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL),
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            "pool": {
                "min_size": env.int("DATABASE_POOL_MIN", default=1),
                "max_size": env.int("DATABASE_POOL_MAX", default=12),
                "timeout": env.int("DATABASE_POOL_TIMEOUT", default=10),
            },
        },
    }
}
