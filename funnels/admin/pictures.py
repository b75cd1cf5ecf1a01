"""Choosing a picture in a form: uploaded here, or the path of one that is served already. The form's value is its address.

An upload is stored only when the form is: `keep_pictures` does it, once the row it belongs to has been saved.
"""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from funnels.models import Asset
from funnels.models.asset import FOLDER
from funnels.pictures.uploading import MOST_BYTES, Picture, keep, read

MOST_LETTERS = 200
MOST = {"most_bytes": MOST_BYTES, "most_mb": MOST_BYTES // 1024**2}
_SERVED = re.compile(r"/(?!/)[\w./@-]*\Z")


class Uploaded(str):
    """The address that a picture will have, with the picture."""

    __slots__ = ("picture",)
    picture: Picture

    @classmethod
    def of(cls, picture: Picture) -> "Uploaded":
        address = cls(picture.path)
        address.picture = picture
        return address


class PictureWidget(forms.Widget):
    """The picture as it is, a file to take its place, a box to remove it, and its address for who keeps pictures elsewhere."""

    template_name = "admin/funnels/picture/field.html"
    needs_multipart_form = True

    class Media:
        js = ("admin-ui/picture.js",)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        own_id = context["widget"]["attrs"].get("id", f"id_{name}")
        address = UnfoldAdminTextInputWidget(attrs={"maxlength": MOST_LETTERS, "id": f"{own_id}_path"})
        context["address"] = address.render(f"{name}-path", value or "", renderer=renderer)
        return render_to_string(
            self.template_name,
            {**context, "attrs": flatatt(context["widget"]["attrs"]), "address_id": f"{own_id}_path", **MOST},
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if file := files.get(name):
            return file
        return "" if f"{name}-remove" in data else data.get(f"{name}-path", data.get(name, ""))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files and not {name, f"{name}-path", f"{name}-remove"} & set(data)


class PictureField(forms.Field):
    """`longest` is the most pixels of a side; `for_mail` keeps to what every mail reader draws."""

    widget = PictureWidget

    def __init__(self, *, longest: int, for_mail: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault(
            "help_text", _("PNG, JPEG or WebP of at most 5 MB. Scaled down where it is larger than needed.")
        )
        super().__init__(required=False, **kwargs)
        self.longest, self.for_mail = longest, for_mail

    def to_python(self, value: Any) -> str:
        if not isinstance(value, str):
            return Uploaded.of(read(value, longest=self.longest, for_mail=self.for_mail)) if value else ""
        path = value.strip()
        if path and not (_SERVED.match(path) and len(path) <= MOST_LETTERS):
            raise ValidationError(_("The path of a picture on this site is expected, such as /static/logo.png."))
        return path

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A file is sent once: after an error the picture before it is shown."""
        return data if isinstance(data, str) else initial

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not isinstance(data, str) or data.strip() != (initial or "")


def refuse_foreign(form: forms.BaseForm, name: str, merchant_id: int | None) -> None:
    """An uploaded picture is chosen by its own merchant alone, though everybody can see it who knows its address."""
    address = form.cleaned_data.get(name) or ""
    if isinstance(address, Uploaded) or not address.startswith(FOLDER):
        return
    sha256 = address.removeprefix(FOLDER).partition(".")[0]
    mine = Asset.objects.filter(merchant=merchant_id, sha256=sha256).defer("content").first() if merchant_id else None
    if mine is None or mine.path != address:
        form.add_error(name, _("No picture of yours has this address."))


def require_alt(form: forms.BaseForm) -> None:
    """A product's picture is told to who does not see it."""
    data = form.cleaned_data
    if data.get("image") and not (data.get("image_alt") or "").strip():
        form.add_error("image_alt", _("Say what the picture shows, for shoppers who do not see it."))


def keep_pictures(form: forms.BaseForm, merchant_id: int) -> None:
    for value in form.cleaned_data.values():
        if isinstance(value, Uploaded):
            keep(merchant_id, value.picture)


class KeepsPictures:
    """For a page whose form has picture fields; before `MerchantScoped`, which decides whether the row may be saved."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        keep_pictures(form, getattr(obj, "merchant_id", None) or obj.pk)
