"""`python -m integrations.sandbox --port 8100 [--state FILE]`."""

import sys

from integrations.sandbox.server import main

if __name__ == "__main__":
    sys.exit(main())
