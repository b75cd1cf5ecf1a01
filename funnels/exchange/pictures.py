"""The pictures of an exported funnel: what was uploaded is in the file and known by its content, other pictures by their path.

What comes in is what its address says, drawn anew like any upload, and small: exported pictures were made small before.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from funnels.models import Asset
from funnels.models.asset import FOLDER
from funnels.pictures.uploading import LOGO_SIDE, PRODUCT_SIDE, Picture, read

MOST = 100
MOST_PIXELS = 4_000_000
_UPLOADED = re.compile(rf"{FOLDER}(?P<sha256>[0-9a-f]{{64}})\.(?:png|jpeg|webp)")


def packed(paths: Iterable[str]) -> list[dict[str, str]]:
    """The uploaded ones among these pictures, each once, as the file holds them."""
    wanted = {path: found["sha256"] for path in paths if (found := _UPLOADED.fullmatch(path))}
    assets = {asset.path: asset for asset in Asset.objects.filter(sha256__in=wanted.values())}
    return [
        {"path": path, "name": assets[path].name, "content": base64.b64encode(assets[path].content).decode()}
        for path in wanted
        if path in assets
    ]


def unpacked(path: str, name: str, content: str, *, is_logo: bool) -> Picture:
    """The picture of a file's row; ValidationError says what is wrong with it."""
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError as error:
        raise ValidationError(_("The picture is damaged.")) from error
    address = _UPLOADED.fullmatch(path)
    if address is None or address["sha256"] != hashlib.sha256(data).hexdigest():
        raise ValidationError(_("The picture is not the one that its address names; it was changed or is damaged."))
    longest = LOGO_SIDE if is_logo else PRODUCT_SIDE
    return read(ContentFile(data, name=name), longest=longest, for_mail=is_logo, most_pixels=MOST_PIXELS)


def addresses_here(paths: Iterable[str], brought: Mapping[str, Picture], merchant_id: int) -> Mapping[str, str]:
    """The address that each of these pictures has in this shop, or would have once it is `brought`; empty for one that is
    nowhere.
    """
    paths = set(paths)
    uploaded = {path: found["sha256"] for path in paths if (found := _UPLOADED.fullmatch(path))}
    own = Asset.objects.filter(merchant=merchant_id, sha256__in=uploaded.values()).defer("content")
    mine = {asset.path for asset in own}

    def here(path: str) -> str:
        if path in mine or not path.startswith(FOLDER):
            return path
        return brought[path].path if path in brought else ""

    return {path: here(path) for path in paths}
