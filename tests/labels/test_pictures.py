import io
import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
import simplejpeg
import tifffile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth.errors import AssetError
from synth.labels.pictures import MAX_PIXELS, PICTURE_SUFFIXES, picture_header, picture_size, read_picture
from synth.labels.sample import Image

FUZZ = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def pattern(width: int = 37, height: int = 23) -> Image:
    """Smooth, without any symmetry, and different in every channel."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // (width - 1), y * 255 // (height - 1), (x * 3 + y * 5) % 200], axis=2).astype(np.uint8)


def encoded(image: PIL.Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int) -> bytes:
    tags = PIL.Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, compressed: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", compressed) + png_chunk(b"IEND", b"")


def read(data: bytes, tmp_path: Path, name: str = "a.jpg") -> Image:
    path = tmp_path / name
    path.write_bytes(data)
    image = read_picture(path)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    assert picture_size(path) == (image.shape[1], image.shape[0])
    return image


def read_or_refused(path: Path) -> Image | None:
    """The picture, or None if it is refused in one line; anything else fails the test."""
    try:
        return read_picture(path)
    except AssetError as error:
        message = str(error)
    assert "\n" not in message
    return None


def one_line(error: pytest.ExceptionInfo[AssetError], *words: str) -> None:
    message = str(error.value)
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "WEBP"])
@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png"])
def test_a_lossless_file_reads_back_exactly_whatever_it_is_called(kind: str, name: str, tmp_path: Path) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(read(encoded(PIL.Image.fromarray(pattern()), kind, **options), tmp_path, name), pattern())


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_reads_as_two_other_decoders_read_it(subsampling: int, progressive: bool, tmp_path: Path) -> None:
    data = encoded(PIL.Image.fromarray(pattern()), "JPEG", subsampling=subsampling, progressive=progressive)
    image = read(data, tmp_path)
    assert np.array_equal(image, np.asarray(PIL.Image.open(io.BytesIO(data))))
    assert np.array_equal(image, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB))


def test_grey_is_repeated(tmp_path: Path) -> None:
    grey = pattern()[..., 2]
    for kind in ("PNG", "TIFF", "BMP", "PPM"):
        assert np.array_equal(read(encoded(PIL.Image.fromarray(grey), kind), tmp_path), np.dstack([grey] * 3))
    image = read(encoded(PIL.Image.fromarray(grey), "JPEG", quality=98), tmp_path)
    assert np.array_equal(image[..., 0], image[..., 2])
    assert np.abs(image[..., 0].astype(int) - grey).max() < 12


@pytest.mark.parametrize("low", ["zero", "same", "any"])
def test_sixteen_bits_keep_the_high_eight(low: str, tmp_path: Path) -> None:
    rgb = pattern()
    fill = {"zero": 0, "same": rgb.astype(np.uint16), "any": np.arange(rgb.size).reshape(rgb.shape) % 256}[low]
    deep = (rgb.astype(np.uint16) << 8) + np.asarray(fill, np.uint16)
    assert np.array_equal(read(cv2.imencode(".png", deep[..., ::-1])[1].tobytes(), tmp_path), rgb)
    grey = np.dstack([rgb[..., 1]] * 3)
    assert np.array_equal(read(cv2.imencode(".png", deep[..., 1])[1].tobytes(), tmp_path), grey)
    assert np.array_equal(read(cv2.imencode(".pgm", deep[..., 1])[1].tobytes(), tmp_path), grey)
    for order in ("<", ">"):
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, deep[..., 1], byteorder=order)
        assert np.array_equal(read(buffer.getvalue(), tmp_path), grey)
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, deep, byteorder=order, photometric="rgb")
        assert np.array_equal(read(buffer.getvalue(), tmp_path), rgb)


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    alpha = (np.arange(37 * 23).reshape(23, 37) % 256).astype(np.uint8)
    image = read(encoded(PIL.Image.fromarray(np.dstack([pattern(), alpha]), "RGBA"), "PNG"), tmp_path)
    part = alpha[..., None] / 255
    assert np.abs(image - (pattern() * part + 255 * (1 - part))).max() <= 1
    palette = PIL.Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    palette.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 0])
    image = read(encoded(palette, "PNG", transparency=2), tmp_path)
    assert image.tolist() == [[[10, 20, 30], [200, 100, 50]], [[255, 255, 255], [200, 100, 50]]]


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    frames = [PIL.Image.new("P", (9, 5), i) for i in range(3)]
    for frame in frames:
        frame.putpalette([1, 2, 3, 40, 50, 60, 7, 8, 9])
    data = encoded(frames[1], "GIF", save_all=True, append_images=[frames[0], frames[2]])
    assert (read(data, tmp_path) == (40, 50, 60)).all()


def test_cmyk_as_photoshop_writes_it_agrees_with_opencv(tmp_path: Path) -> None:
    cmyk = PIL.Image.fromarray(pattern()).convert("CMYK")
    data = encoded(cmyk, "JPEG", quality=100, subsampling=0)
    assert b"Adobe" in data
    image = read(data, tmp_path)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.abs(image.astype(int) - other).max() <= 2
    assert np.abs(image.astype(int) - pattern()).mean() < 3
    assert np.abs(read(encoded(cmyk, "TIFF"), tmp_path).astype(int) - pattern()).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_exif_orientation_is_applied_as_pillow_does(kind: str, orientation: int, tmp_path: Path) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(PIL.Image.fromarray(pattern()), kind, exif=exif(orientation), **options)
    shown = np.asarray(PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data))))
    assert np.array_equal(read(data, tmp_path), shown)
    header = picture_header(tmp_path / "a.jpg")
    assert header.orientation == orientation
    assert header.stored_size == (37, 23)


@pytest.mark.parametrize(
    "bad", [b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0", b"nonsense", exif(0), exif(9), exif(77)]
)
def test_a_senseless_orientation_means_upright(bad: bytes, tmp_path: Path) -> None:
    data = encoded(PIL.Image.fromarray(pattern()), "PNG", exif=bad)
    assert np.array_equal(read(data, tmp_path), pattern())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "PPM", "WEBP", "GIF"])
def test_a_file_cut_short_is_one_clear_line(kind: str, tmp_path: Path) -> None:
    data = encoded(PIL.Image.fromarray(pattern(200, 150)), kind)
    path = tmp_path / "photo.jpg"
    for part in (0.02, 0.3, 0.7, 0.97):
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(AssetError) as error:
            read_picture(path)
        one_line(error, str(path), "remove")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no bytes"),
        (b"<annotation/>", "not a picture"),
        (b"\0" * 5000, "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"P6 3 2 255\n", "damaged"),
        (png(20_000, 10_001), "20000 x 10001"),
        (png(0, 5), "damaged"),
        (b"P6 100000 100000 255\n", "200 million"),
    ],
)
def test_what_is_no_picture_is_one_clear_line(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with pytest.raises(AssetError) as error:
        read_picture(path)
    one_line(error, str(path), words)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    zeros = zlib.compress(bytes(1 << 20), 9)
    path.write_bytes(png(60_000, 60_000, zeros * 20))
    start = time.process_time()
    for read_it in (read_picture, picture_size):
        with pytest.raises(AssetError) as error:
            read_it(path)
        one_line(error, "60000 x 60000", "scale it down")
    assert time.process_time() - start < 0.2
    path.write_bytes(png(20_000, 10_000))
    assert picture_size(path)[0] * picture_size(path)[1] == MAX_PIXELS


def test_missing_files_and_folders_are_one_clear_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        for read_it in (read_picture, picture_size):
            with pytest.raises(AssetError) as error:
                read_it(path)
            one_line(error, str(path), "cannot be read")


def test_pixels_of_unknown_range_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "depth.tif"
    tifffile.imwrite(path, np.ones((4, 5), np.float32))
    with pytest.raises(AssetError) as error:
        read_picture(path)
    one_line(error, "8 or 16 bits")


def test_harmless_remarks_do_not_make_a_photo_damaged(tmp_path: Path) -> None:
    data = encoded(PIL.Image.fromarray(pattern()), "JPEG")
    image = read(data, tmp_path)
    assert np.array_equal(read(data + b"trailing bytes", tmp_path), image)
    marker = data.index(b"\xff\xdb")
    stray = data[:marker] + b"\0\0\0" + data[marker:]
    with pytest.raises(ValueError, match="extraneous"):
        simplejpeg.decode_jpeg(stray, strict=True)
    assert np.array_equal(read(stray, tmp_path), image)


JPEG = encoded(PIL.Image.fromarray(pattern(64, 48)), "JPEG", exif=exif(6))
PROGRESSIVE = encoded(PIL.Image.fromarray(pattern(64, 48)), "JPEG", progressive=True)
WHOLE = np.asarray(PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(JPEG))))
OTHERS = {
    "PNG": encoded(PIL.Image.fromarray(pattern(64, 48)), "PNG", exif=exif(3)),
    "TIFF": encoded(PIL.Image.fromarray(pattern(64, 48)), "TIFF", compression="tiff_lzw"),
    "GIF": encoded(PIL.Image.fromarray(pattern(64, 48)), "GIF"),
    "BMP": encoded(PIL.Image.fromarray(pattern(64, 48)), "BMP"),
    "WEBP": encoded(PIL.Image.fromarray(pattern(64, 48)), "WEBP", exif=exif(5)),
    "PPM": encoded(PIL.Image.fromarray(pattern(64, 48)), "PPM"),
    "JPEG": JPEG,
    "PROGRESSIVE": PROGRESSIVE,
}


@FUZZ
@given(cut=st.integers(0, len(JPEG) - 1))
@example(cut=len(JPEG) - 2)
def test_a_jpeg_cut_anywhere_is_read_right_or_refused(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cut") / "a.jpg"
    path.write_bytes(JPEG[:cut])
    image = read_or_refused(path)
    assert image is None or np.array_equal(image, WHOLE)


@settings(FUZZ, max_examples=400)
@given(
    kind=st.sampled_from(sorted(OTHERS)),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), min_size=1, max_size=4),
    end=st.floats(0.1, 1.0) | st.just(1.0),
)
def test_a_spoilt_picture_is_read_or_refused(
    kind: str, edits: list[tuple[float, bytes]], end: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(OTHERS[kind])
    for place, new in edits:
        at = int(place**2 * len(data))  # more often in the header
        data[at : at + len(new)] = new
    path = tmp_path_factory.getbasetemp() / "spoilt.jpg"
    path.write_bytes(data[: int(end * len(data))])
    image = read_or_refused(path)
    if image is not None:
        assert image.dtype == np.uint8
        assert (image.shape[1], image.shape[0]) == picture_size(path)


@FUZZ
@given(start=st.sampled_from([b"", *(data[:12] for data in OTHERS.values())]), rest=st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(start: bytes, rest: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "random.jpg"
    path.write_bytes(start + rest)
    image = read_or_refused(path)
    if image is not None:
        assert (image.shape[1], image.shape[0]) == picture_size(path)


def test_suffixes_are_lower_case_with_their_dot() -> None:
    assert {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp"} <= PICTURE_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in PICTURE_SUFFIXES)
