"""A picture is drawn anew before it is kept, and served to everybody who knows its hash; nothing else is."""

import io
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from funnels.models import Asset
from funnels.pictures import uploading
from funnels.pictures.uploading import keep, read
from integrations.trail.models import TrailEntry
from tests import factories

ORIENTATION, PLACE = 0x0112, 0x010E


def drawn(
    kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", name: str = "", **how: object
) -> ContentFile:
    out = io.BytesIO()
    Image.new(mode, size, 0 if mode == "RGBA" else "tomato").save(out, kind, **how)
    return ContentFile(out.getvalue(), name or f"picture.{kind.lower()}")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize(("kind", "content_type"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp")])
def test_a_picture_keeps_its_format_and_is_addressed_by_its_content(kind: str, content_type: str) -> None:
    picture = read(drawn(kind), longest=1600)
    assert (picture.content_type, picture.width, picture.height) == (f"image/{content_type}", 60, 40)
    assert picture.path == f"/assets/{picture.sha256}.{content_type}"
    assert opened(picture.content).format == kind


def test_what_a_camera_wrote_into_it_is_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[PLACE] = 6, "Home of the photographer"
    picture = read(drawn("JPEG", exif=exif), longest=1600)
    assert (picture.width, picture.height) == (40, 60)
    assert b"photographer" not in picture.content
    assert not opened(picture.content).getexif()


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    sent = drawn("PNG").read() + b"<script>alert(1)</script>"
    assert b"script" not in read(ContentFile(sent, "logo.png"), longest=1600).content


def test_a_large_picture_is_scaled_down_and_a_small_one_is_left() -> None:
    picture = read(drawn("JPEG", size=(3000, 1500)), longest=640)
    assert (picture.width, picture.height) == (640, 320)


def test_a_picture_for_mails_is_never_webp() -> None:
    picture = read(drawn("WEBP", mode="RGBA"), longest=640, for_mail=True)
    assert picture.content_type == "image/png"
    assert opened(picture.content).mode == "RGBA"


def test_a_palette_with_a_clear_colour_stays_clear() -> None:
    image = Image.new("P", (10, 10), 0)
    out = io.BytesIO()
    image.save(out, "PNG", transparency=0)
    picture = read(ContentFile(out.getvalue(), "logo.png"), longest=640)
    assert opened(picture.content).getpixel((0, 0))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG is not taken"),
        (b"\xef\xbb\xbf\n<SVG onload='alert(1)'/>", "SVG is not taken"),
        (b"GIF89a", "PNG, JPEG and WebP are taken"),
        (b"", "PNG, JPEG and WebP are taken"),
        (drawn("PNG").read()[:60], "PNG, JPEG and WebP are taken"),
        (drawn("GIF").read(), "PNG, JPEG and WebP are taken"),
        (b"\x89PNG" + bytes(5 * 1024**2), "larger than 5 MB"),
    ],
    ids=["svg", "svg in disguise", "half a gif", "nothing", "cut off", "gif", "too large"],
)
def test_other_files_are_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(ContentFile(content, "logo.png"), longest=640)


def test_a_picture_that_would_fill_the_memory_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_args: object) -> None:
        raise AssertionError("decoded")

    bomb = drawn("PNG", size=(6000, 5000), mode="1")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(ValidationError, match="more than 25 million pixels"):
        read(bomb, longest=640)


def test_a_large_png_of_a_product_is_kept_as_webp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "LARGE_PNG", 10)
    assert read(drawn("PNG"), longest=640).content_type == "image/webp"
    assert read(drawn("PNG"), longest=640, for_mail=True).content_type == "image/png"


@pytest.fixture
def asset(db: None) -> Asset:
    return keep(factories.merchant("Botanica").pk, read(drawn(name="fern.png"), longest=640))


def test_the_same_picture_is_kept_once_for_each_merchant(asset: Asset) -> None:
    picture = read(drawn(name="again.png"), longest=640)
    assert keep(asset.merchant_id, picture) == asset
    other = keep(factories.merchant("Moss").pk, picture)
    assert (other.path, other.name) == (asset.path, "again.png")
    assert Asset.objects.count() == 2


def test_a_picture_is_served_for_good_in_one_query_to_nobody_in_particular(
    asset: Asset, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        answer = client.get(asset.path)
    assert answer.content == bytes(asset.content)
    sent = ("Content-Type", "Cache-Control", "ETag", "X-Content-Type-Options", "Content-Security-Policy")
    assert [answer.headers[name] for name in sent] == [
        "image/png",
        "public, max-age=31536000, immutable",
        f'"{asset.sha256}"',
        "nosniff",
        "default-src 'none'",
    ]
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_who_has_it_is_told_so_without_the_bytes(asset: Asset, client: Client) -> None:
    answer = client.get(asset.path, headers={"If-None-Match": f'"{asset.sha256}"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda path: path.replace(".png", ".svg"),
        lambda path: path.replace(".png", ".jpeg"),
        lambda _path: f"/assets/{'0' * 64}.png",
        lambda _path: "/assets/../manage.py",
    ],
)
def test_nothing_is_served_that_was_not_stored(spoilt: Callable[[str], str], asset: Asset, client: Client) -> None:
    path = spoilt(asset.path)
    assert client.get(path).status_code == 404
    assert client.get(path, headers={"If-None-Match": f'"{asset.sha256}"'}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_trail_tells_that_a_picture_went_and_nothing_of_its_bytes() -> None:
    asset = keep(factories.merchant("Botanica").pk, read(drawn(name="fern.png"), longest=640))
    asset.delete()
    told = list(TrailEntry.objects.filter(table="funnels.asset").order_by("pk"))
    assert [(entry.deed, entry.subject) for entry in told] == [("INSERT", "fern.png"), ("DELETE", "fern.png")]
    assert told[-1].changes["content"] is None
