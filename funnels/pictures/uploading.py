"""Taking a picture in: checked, drawn anew and made small enough before a byte of it is kept.

What comes out holds pixels and nothing else: no EXIF with the place it was taken at, no colour profile, no second file hidden
behind the picture.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from funnels.models.asset import Asset, path_of

PRODUCT_SIDE, LOGO_SIDE = 1600, 640
MOST_BYTES = 5 * 1024**2
MOST_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
QUALITY = 85
# A PNG above this is a photograph, which WebP holds in a fraction.
LARGE_PNG = 400_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it will be served."""

    content: bytes
    content_type: str
    width: int
    height: int
    name: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def path(self) -> str:
        return path_of(self.sha256, self.content_type)


def read(file: "File[bytes]", *, longest: int, for_mail: bool = False, most_pixels: int = MOST_PIXELS) -> Picture:
    """The picture in an uploaded file, no side of it longer than `longest` pixels; ValidationError says what is wrong.

    `for_mail` keeps to PNG and JPEG, which every mail reader draws.
    """
    if file.size > MOST_BYTES:
        raise ValidationError(_("The file is larger than %d MB.") % (MOST_BYTES // 1024**2))
    data = file.read()
    if _is_svg(data):
        raise ValidationError(
            _(
                "SVG is not taken: such a file can carry scripts, and mail readers do not draw it. "
                "Save it as PNG, at least twice as large as it is shown."
            )
        )
    image, kind = _opened(data, longest, most_pixels)
    content, kind = _encoded(image, kind, for_mail=for_mail)
    name = PurePath(file.name or "").name[:200]
    return Picture(content, Asset.ContentType[kind], *image.size, name)


def keep(merchant_id: int, picture: Picture) -> Asset:
    """Store the picture as the merchant's; the same one again is the one there is."""
    described = {
        "content_type": picture.content_type,
        "content": picture.content,
        "width": picture.width,
        "height": picture.height,
        "name": picture.name,
    }
    asset, _made = Asset.objects.get_or_create(merchant_id=merchant_id, sha256=picture.sha256, defaults=described)
    return asset


def _is_svg(data: bytes) -> bool:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--"))


def _opened(data: bytes, longest: int, most_pixels: int) -> tuple[Image.Image, str]:
    """The upright, scaled picture in sRGB, and its format."""
    try:
        # Pillow warns of a picture that would fill the memory; here it is refused by its size before it is decoded.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > most_pixels:
            raise ValidationError(_("The picture has more than %d million pixels.") % (most_pixels // 10**6))
        kind = str(image.format)
        image.draft("RGB", (longest, longest))
        image = _in_srgb(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise ValidationError(_("This is no picture that can be read: PNG, JPEG and WebP are taken.")) from error
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image, kind


def _in_srgb(image: Image.Image) -> Image.Image:
    """Browsers take a picture without a profile for sRGB."""
    profile = image.info.get("icc_profile")
    clear = image.has_transparency_data
    plain = image if image.mode in ("RGB", "RGBA", "CMYK", "L") else image.convert("RGBA" if clear else "RGB")
    if profile and plain.mode == image.mode:
        target = "RGBA" if plain.mode == "RGBA" else "RGB"
        try:
            source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            plain = ImageCms.profileToProfile(plain, source, srgb, outputMode=target) or plain
        except ImageCms.PyCMSError:
            pass  # a broken profile: its colours are taken as they are
    return plain.convert("RGBA" if clear else "RGB")


def _encoded(image: Image.Image, kind: str, *, for_mail: bool) -> tuple[bytes, str]:
    if kind == "WEBP" and for_mail:
        kind = "PNG"
    image.info.clear()  # some formats write what they read there: profiles, texts, EXIF
    content = _written(image, kind)
    if kind == "PNG" and len(content) > LARGE_PNG and not for_mail:
        return _written(image, "WEBP"), "WEBP"
    return content, kind


def _written(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        image.save(out, kind, optimize=True)
    elif kind == "JPEG":
        image.save(out, kind, quality=QUALITY, optimize=True, progressive=True)
    else:
        image.save(out, kind, quality=QUALITY, method=4)
    return out.getvalue()
