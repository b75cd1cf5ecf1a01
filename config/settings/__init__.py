"""Settings, one module per topic. Every value that differs between installations comes from the environment."""

from config.settings.admin import *
from config.settings.base import *
from config.settings.database import *
from config.settings.gateways import *
from config.settings.limits import *
from config.settings.logging import *
from config.settings.mail import *
from config.settings.monitoring import *
from config.settings.queue import *
from config.settings.security import *
from config.settings.selling import *
