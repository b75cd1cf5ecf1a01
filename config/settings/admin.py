"""The admin's look and its sidebar; what a person may not view is not listed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(f"{app}.view_{model}")


def _item(title: Any, icon: str, app: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(app, model),
    }


LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

UNFOLD = {
    "SITE_TITLE": "Stepwell",
    "SITE_HEADER": "Stepwell",
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: static("favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("favicon.svg")},
    ],
    "DASHBOARD_CALLBACK": "config.dashboard.add_dashboard",
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": _("Second factor"), "link": reverse_lazy("second-factor-manage")},
        ],
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "7px",
    "STYLES": [lambda _request: static("admin-ui/admin.css")],
    "SCRIPTS": [lambda _request: static("admin-ui/admin.js"), lambda _request: static("admin-ui/stacking.js")],
    "COLORS": {
        "primary": {
            "50": "oklch(97.6% .014 182)",
            "100": "oklch(94.6% .032 182)",
            "200": "oklch(89.5% .055 183)",
            "300": "oklch(81.5% .083 185)",
            "400": "oklch(71.5% .098 187)",
            "500": "oklch(59.5% .094 190)",
            "600": "oklch(47.8% .080 193)",
            "700": "oklch(41.4% .069 195)",
            "800": "oklch(35.5% .057 197)",
            "900": "oklch(30.6% .046 200)",
            "950": "oklch(22.5% .037 203)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": _("Today"), "icon": "wb_sunny", "link": reverse_lazy("admin:index")},
                    {
                        "title": _("Reports"),
                        "icon": "monitoring",
                        "link": reverse_lazy("reports"),
                        "permission": lambda request: request.user.has_perm("checkout.read_reports"),
                    },
                ],
            },
            {
                "title": _("Sales"),
                "separator": True,
                "items": [
                    _item(_("Orders"), "receipt_long", "orders", "order"),
                    _item(_("Customers"), "group", "orders", "customer"),
                    {
                        "title": _("Check-in"),
                        "icon": "qr_code_scanner",
                        "link": reverse_lazy("check-in"),
                        "permission": lambda request: request.user.has_perm("orders.checkin_ticket"),
                    },
                    _item(_("Visits"), "footprint", "checkout", "run"),
                    _item(_("Reconciliation"), "balance", "orders", "difference"),
                ],
            },
            {
                "title": _("Shop"),
                "separator": True,
                "items": [
                    _item(_("Funnels"), "conversion_path", "funnels", "funnel"),
                    _item(_("Products"), "inventory_2", "funnels", "product"),
                    _item(_("Events"), "event", "funnels", "ticketevent"),
                    _item(_("Stock"), "warehouse", "orders", "stock"),
                    _item(_("Prices"), "sell", "funnels", "price"),
                    _item(_("Coupons"), "loyalty", "funnels", "coupon"),
                    _item(_("Shipping rates"), "local_shipping", "funnels", "shippingrate"),
                    _item(_("Tax rates"), "percent", "funnels", "taxrate"),
                    _item(_("Themes"), "palette", "funnels", "theme"),
                ],
            },
            {
                "title": _("Plumbing"),
                "separator": True,
                "items": [
                    {
                        "title": _("Health"),
                        "icon": "monitor_heart",
                        "link": reverse_lazy("health"),
                        "permission": _may_view("integrations", "job"),
                    },
                    _item(_("Connections"), "power", "integrations", "connection"),
                    _item(_("Inbound events"), "move_to_inbox", "integrations", "inboundevent"),
                    _item(_("Jobs"), "outbox", "integrations", "job"),
                    _item(_("Alerts"), "notifications", "integrations", "alert"),
                ],
            },
            {
                "title": _("House"),
                "separator": True,
                "items": [
                    _item(_("Merchants"), "storefront", "funnels", "merchant"),
                    _item(_("Team"), "groups", "funnels", "membership"),
                    _item(_("People"), "person", "auth", "user"),
                    _item(_("Permission groups"), "shield_person", "auth", "group"),
                    _item(_("Audit trail"), "history", "integrations", "trailentry"),
                ],
            },
        ],
    },
}
