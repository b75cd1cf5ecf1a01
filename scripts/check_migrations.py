"""Exit 1 if a model has changed without a migration, or if Django's own checks find a problem."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
from django.core.management import call_command

import tests.environment  # noqa: F401 - sets the environment that settings are read from


def main() -> None:
    warnings.simplefilter("ignore")
    django.setup()
    call_command("check")
    call_command("makemigrations", check=True, dry_run=True)


if __name__ == "__main__":
    main()
