"""Pictures: counted, drawn small, and written anew from their pixels alone."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from PIL import (
    BmpImagePlugin,  # noqa: F401 - each registers its format
    GifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,  # noqa: F401
    MpoImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from integrity.inspection.codes import Refused, Removed, Trouble

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
MOST_PIXELS: Final = 100_000_000
MOST_FRAMES: Final = 200
JPEG_QUALITY: Final = 92
GREATEST_SIDE: Final = 1600
_GPS, _EXIF = 0x8825, 0x8769
_DESCRIBING: Final = frozenset(
    {"comment", "xmp", "XML:com.adobe.xmp", "photoshop", "Comment", "Description", "parsed_exif"}
)
_SRGB: Final = ImageCms.createProfile("sRGB")
# Both read their tables at the first picture, when no file can be opened any more.
Image.MAX_IMAGE_PIXELS = None
Image.preinit()


def count(content: bytes) -> int:
    """How many frames a picture has."""
    return min(getattr(_opened(content), "n_frames", 1), MOST_FRAMES)


def draw(content: bytes, *, page: int) -> bytes:
    """One frame as PNG, its longer side at most `GREATEST_SIDE` pixels."""
    picture = _opened(content)
    if not 1 <= page <= min(getattr(picture, "n_frames", 1), MOST_FRAMES):
        raise Refused(Trouble.NO_SUCH_PAGE)
    if page > 1:
        picture.seek(page - 1)
    else:
        picture.draft("RGB", (GREATEST_SIDE, GREATEST_SIDE))
    return as_png(_upright(picture))


def as_png(picture: Image.Image) -> bytes:
    """A picture as PNG for a page, no larger than it must be."""
    picture.thumbnail((GREATEST_SIDE, GREATEST_SIDE))
    return _written(_plain(picture), "PNG")


def clean(content: bytes, *, largest: int = MOST_PIXELS) -> tuple[bytes, set[Removed]]:
    """The same picture in the same format, from its pixels alone, and what was beside them."""
    picture = _opened(content, largest=largest)
    kind = "JPEG" if picture.format == "MPO" else str(picture.format)
    removed = {Removed.EVERYTHING_ELSE, *_beside(picture)}
    if kind in {"GIF", "WEBP", "TIFF", "PNG"} and getattr(picture, "n_frames", 1) > 1:
        return _moving(picture, kind, largest), removed
    frame = _plain(_upright(_in_srgb(picture)))
    return _written(frame.convert("RGB") if kind == "JPEG" and frame.mode not in {"L", "RGB"} else frame, kind), removed


def _opened(content: bytes, *, largest: int = MOST_PIXELS) -> Image.Image:
    try:
        picture = Image.open(BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Refused(Trouble.UNREADABLE) from error
    if picture.width * picture.height > largest:
        raise Refused(Trouble.PIXELS)
    return picture


def _beside(picture: Image.Image) -> Iterator[Removed]:
    exif = picture.getexif()
    if exif.get_ifd(_GPS):
        yield Removed.PLACE
    if exif:
        yield Removed.CAMERA
    # The small picture in EXIF may show what was cut off from the large one.
    if exif.get_ifd(1):
        yield Removed.THUMBNAIL
    if picture.info.get("icc_profile"):
        yield Removed.PROFILE
    texts = getattr(picture, "text", {})
    if (
        texts
        or _DESCRIBING & set(picture.info)
        or any(marker == "APP13" for marker, _ in getattr(picture, "applist", []))
    ):
        yield Removed.DESCRIPTIONS


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Its colours as they look, without the profile that says how the device saw them."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "L", "CMYK"}:
        return picture
    try:
        mode = picture.mode if picture.mode in {"RGB", "RGBA"} else "RGB"
        turned = ImageCms.profileToProfile(picture, ImageCms.ImageCmsProfile(BytesIO(profile)), _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return turned if turned is not None else picture


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its EXIF says, because that is removed."""
    turned = ImageOps.exif_transpose(picture)
    return turned if turned is not None else picture


def _plain(picture: Image.Image) -> Image.Image:
    """A new picture with the same pixels and nothing else, in a mode that every format here can write."""
    if picture.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    elif picture.mode not in {"1", "L", "RGB", "RGBA"}:
        picture = picture.convert("L" if picture.mode.startswith(("I", "F")) else "RGB")
    return Image.frombytes(picture.mode, picture.size, picture.tobytes())


def _moving(picture: Image.Image, kind: str, largest: int) -> bytes:
    count = getattr(picture, "n_frames", 1)
    if count > MOST_FRAMES:
        raise Refused(Trouble.PAGES)
    if picture.width * picture.height * count > largest:
        raise Refused(Trouble.PIXELS)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(picture):
        durations.append(int(frame.info.get("duration", 100)))
        frames.append(_plain(frame.convert("RGBA") if kind != "TIFF" else frame))
    more = {"duration": durations, "loop": 0} if kind != "TIFF" else {}
    return _written(frames[0], kind, save_all=True, append_images=frames[1:], **more)


def _written(picture: Image.Image, kind: str, **more: object) -> bytes:
    written = BytesIO()
    chosen: dict[str, dict[str, object]] = {
        "JPEG": {"quality": JPEG_QUALITY},
        "PNG": {"compress_level": 6},
        "WEBP": {"quality": JPEG_QUALITY},
        "TIFF": {"compression": "tiff_adobe_deflate"},
    }
    picture.save(written, kind, **{**chosen.get(kind, {}), **more})
    return written.getvalue()


def area(content: bytes) -> int:
    """How many pixels a picture has, all frames together."""
    picture = _opened(content)
    return picture.width * picture.height * max(1, getattr(picture, "n_frames", 1))
