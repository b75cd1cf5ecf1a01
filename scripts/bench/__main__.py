"""Entry point: settings first, then Django, then the measurements. `python -m scripts.bench rush` does that one alone."""

import sys

import django

from scripts.stack import environment


def main() -> int:
    folder = environment.prepare("bench", settings="config.settings.bench")
    django.setup()
    from scripts.bench.running import run  # noqa: PLC0415 - models need the settings that were made above

    return run(folder, only=sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
