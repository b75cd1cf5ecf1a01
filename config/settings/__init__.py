"""Settings, one module per topic. Every value that differs between installations comes from the environment."""

from config.settings.base import *  # noqa: F403
from config.settings.database import *  # noqa: F403
from config.settings.gateways import *  # noqa: F403
from config.settings.logging import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.queue import *  # noqa: F403
from config.settings.security import *  # noqa: F403
