"""The product's addresses, and the bare view's beside them."""

from django.urls import path

from config.urls import urlpatterns as product
from scripts.bench.bare import bare

urlpatterns = [*product, path("bare/<int:queries>/<int:size>/", bare)]
