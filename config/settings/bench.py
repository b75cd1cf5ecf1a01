"""Settings of `make bench`: production's, with a bare view beside the product to compare its pages with."""

from config.settings import *

ROOT_URLCONF = "scripts.bench.urls"
