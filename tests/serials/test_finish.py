import math

import msgspec
import numpy as np
import pytest

from synth.serials.finish import depth_of, finished, marks_at
from synth.serials.patterns import grain, patches, scratches
from synth.serials.tag import (
    BandBody,
    Border,
    DiscBody,
    Field,
    Hole,
    Inscription,
    LabelBody,
    Light,
    LinePath,
    Marking,
    Material,
    PlateBody,
    Screw,
    SerialTag,
    Wear,
)
from synth.serials.tracing import shape_of, trace

REGION = (0, 0, 120, 60)
MATRIX = np.array([[2.0, 0.1, 60.0], [-0.1, 2.0, 30.0], [1e-4, 2e-4, 1.0]])
PLATE = PlateBody(50.0, 22.0, 2.0, 1.0)
DISC = DiscBody(26.0, 1.0)
BAND = BandBody(20.0, 22.0, 1.0, 20.0, False)
replace = msgspec.structs.replace


def tag_with(body=PLATE, material=None, marking=None, light=None, wear=None):
    return SerialTag(
        "I",
        body,
        (Inscription("I", "single-stroke", 12.0, LinePath(), (30, 40, 60)),),
        material or Material("plastic", (200, 190, 180)),
        marking or Marking("printed"),
        light or Light(),
        wear or Wear(),
    )


def bar_of_ink():
    ink = np.zeros((60, 120), np.uint8)
    ink[20:40, 45:75] = 255
    return ink


def drawn(tag, ink=None, matrix=MATRIX, region=REGION, window=None):
    """The region's colours, ink and veil; with a window (x0, y0, x1, y1), only those of its pixels."""
    ink = bar_of_ink() if ink is None else ink
    width = region[2] - region[0]
    x0, y0, x1, y1 = window or (0, 0, width, region[3] - region[1])
    index = (np.arange(y0, y1)[:, None] * width + np.arange(x0, x1)).ravel()
    shape = shape_of(tag.body)
    depth = depth_of(tag, matrix[:2, :2])
    at = trace(np.linalg.inv(matrix), shape, region, index, tag.light)
    finish = finished(tag, shape, at, marks_at(ink, np.zeros_like(ink), depth, index))
    size = (y1 - y0, x1 - x0)
    return finish.rgb.reshape(*size, 3), finish.ink.reshape(size), finish.veil.reshape(size)


RICH = Wear(ink_loss=0.3, scratches=20, dirt=0.4, cell_mm=9.0, seed=5)
LOOKS = [
    tag_with(wear=RICH, marking=Marking("embossed"), light=Light(30, 0.3, 0.5, (3, 4), 9.0, 0.5, (5, 0), 80, 3.0)),
    tag_with(BAND, Material("metal", (180, 182, 186), 0.7, 0.6, 40.0, seed=3), Marking("engraved"), wear=RICH),
    tag_with(DISC, Material("silicone", (220, 215, 200), opacity=0.7), Marking("laser", softness_mm=0.3), wear=RICH),
    tag_with(LabelBody(50, 22, 1, 30, 10), Material("paper", (240, 238, 230), texture=0.9), wear=RICH),
]


@pytest.mark.parametrize("tag", LOOKS)
def test_the_same_values_give_the_same_bytes(tag):
    for a, b in zip(drawn(tag), drawn(tag), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("tag", LOOKS)
def test_a_part_is_a_slice_of_the_whole(tag):
    window = (31, 17, 90, 44)
    for whole, part in zip(drawn(tag), drawn(tag, window=window), strict=True):
        assert whole[17:44, 31:90].tobytes() == part.tobytes()


@pytest.mark.parametrize("tag", LOOKS)
def test_a_shifted_region_shows_the_same_pixels(tag):
    whole = drawn(tag)[0]
    part = drawn(tag, ink=np.ascontiguousarray(bar_of_ink()[5:55, 9:100]), region=(9, 5, 100, 55))[0]
    reach = depth_of(tag, MATRIX[:2, :2]).reach_px
    inner = (slice(reach, 50 - reach), slice(reach, 91 - reach))
    assert whole[5:55, 9:100][inner].tobytes() == part[inner].tobytes()


LIVELY = tag_with(
    PLATE,
    Material("metal", (180, 170, 160), 0.5, 0.5, 30.0, seed=2),
    Marking("engraved", 0.9, 0.5, 0.1),
    Light(40, 0.2, 0.5, (2, 1), 8.0, 0.4, (5, 3), 50, 2.0),
    Wear(0.2, 10, 0.5, 0.3, seed=4),
)
CHANGES = {
    "material": [
        *({"kind": kind} for kind in ("silicone", "plastic", "paper")),
        {"colour": (180, 170, 150)}, {"gloss": 0.8}, {"texture": 0.7}, {"grain_deg": 60.0}, {"seed": 3},
    ],
    "marking": [
        *({"kind": kind} for kind in ("printed", "embossed", "laser")),
        {"strength": 0.5}, {"relief": 0.8}, {"softness_mm": 0.6},
    ],
    "light": [
        {"from_deg": 80.0}, {"slope": 0.4}, {"glare": 0.8}, {"glare_uv_mm": (-4.0, 1.0)}, {"glare_mm": 12.0},
        {"shadow": 0.7}, {"shadow_uv_mm": (0.0, 0.0)}, {"shadow_deg": 120.0}, {"shadow_soft_mm": 5.0},
    ],
    "wear": [
        {"ink_loss": 0.5}, {"scratches": 11}, {"scratch_depth": 0.9}, {"dirt": 0.6}, {"dirt_colour": (60, 60, 60)},
        {"cell_mm": 5.0}, {"seed": 5},
    ],
}  # fmt: skip


@pytest.mark.parametrize(("part", "change"), [(part, change) for part, all_ in CHANGES.items() for change in all_])
def test_every_setting_changes_pixels(part, change):
    other = replace(LIVELY, **{part: replace(getattr(LIVELY, part), **change)})
    assert (drawn(LIVELY)[0] != drawn(other)[0]).any()


@pytest.mark.parametrize("kind", ["metal", "silicone", "plastic", "paper"])
@pytest.mark.parametrize("body", [PLATE, BAND])
def test_gloss_and_texture_show_on_every_material(kind, body):
    plain = Material(kind, (180, 170, 160), 0.2, 0.0)
    for change in ({"gloss": 0.9}, {"texture": 0.9}):
        assert (drawn(tag_with(body, plain))[0] != drawn(tag_with(body, replace(plain, **change)))[0]).any()


@pytest.mark.parametrize(
    ("plain", "richer"),
    [
        (PLATE, replace(PLATE, borders=(Border(1.0, 0.5, (0, 0, 0)),))),
        (PLATE, replace(PLATE, fields=(Field((-25.0, -11.0, -20.0, 11.0), (0, 0, 200)),))),
        (PLATE, replace(PLATE, holes=(Hole(20.0, 0.0, 4.0),))),
        (PLATE, replace(PLATE, screws=(Screw(20.0, 0.0, 5.0, (200, 200, 200)),))),
        (PLATE, replace(PLATE, thickness_mm=3.0)),
        (DISC, replace(DISC, borders=(Border(1.0, 0.5, (0, 0, 0)),))),
        (BAND, replace(BAND, borders=(Border(1.0, 0.5, (0, 0, 0)),))),
        (BAND, replace(BAND, seam_deg=20.0)),
        (BAND, replace(BAND, wall_mm=2.5)),
    ],
)
def test_every_feature_of_a_body_shows(plain, richer):
    assert (drawn(tag_with(plain))[0] != drawn(tag_with(richer))[0]).any()


def test_borders_and_fields_lie_where_they_are_said_to():
    body = PlateBody(
        50.0, 22.0, 0.0, 0.0, (Border(2.0, 1.0, (255, 0, 0)),), (Field((-5.0, -5.0, 5.0, 5.0), (0, 0, 255)),)
    )
    tag = tag_with(body, Material("paper", (0, 255, 0), 0.0, 0.0), light=Light(slope=0.0))
    scale = 4.0
    matrix = np.array([[scale, 0.0, 120.0], [0.0, scale, 60.0], [0.0, 0.0, 1.0]])
    rgb = drawn(tag, np.zeros((120, 240), np.uint8), matrix, (0, 0, 240, 120))[0]
    # the border covers [2, 3) mm from the left edge, which lies at 120 - 25 * 4 = 20 px
    row = rgb[30, 20:60].argmax(axis=1)
    assert np.flatnonzero(row == 0).tolist() == list(range(8, 12))
    assert np.flatnonzero(rgb[60].argmax(axis=1) == 2).tolist() == list(range(100, 140))


def edge_contrast(from_deg, kind):
    """Brightness of the left wall less that of the right wall of an uninked bar."""
    ink = np.zeros((60, 120), np.uint8)
    ink[10:50, 50:70] = 255
    tag = tag_with(
        material=Material("plastic", (150, 150, 150), 0.0, 0.0),
        marking=Marking(kind, 0.0, 0.8),
        light=Light(from_deg, 0.0),
    )
    matrix = np.array([[2.0, 0.0, 60.0], [0.0, 2.0, 30.0], [0.0, 0.0, 1.0]])
    rgb = drawn(tag, ink, matrix)[0].astype(float).mean(axis=2)
    left, right = rgb[20:40, 46:54], rgb[20:40, 66:74][:, ::-1]
    return left - right


def test_relief_turns_over_with_the_light_and_with_its_kind():
    engraved = edge_contrast(90.0, "engraved")
    # light from the left: the left wall of a groove lies in its own shade
    assert engraved.mean() < -5
    assert (np.sign(edge_contrast(-90.0, "engraved")) == -np.sign(engraved)).all()
    assert (np.sign(edge_contrast(90.0, "embossed")) == -np.sign(engraved)).all()
    assert np.abs(edge_contrast(0.0, "engraved")).max() <= 1


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("scale", [0.15, 2.0])
def test_ink_loss_takes_its_share_of_ink_at_every_scale(share, scale):
    ink = np.full((60, 120), 255, np.uint8)
    matrix = np.array([[scale, 0.0, 60.0], [0.0, scale, 30.0], [0.0, 0.0, 1.0]])
    left = [
        drawn(tag_with(wear=Wear(ink_loss=share, cell_mm=6.0, seed=seed)), ink, matrix)[1].mean() for seed in range(12)
    ]
    assert np.mean(left) == pytest.approx(1 - share, abs=0.05)


def test_no_ink_loss_leaves_all_and_full_loss_none():
    full = np.full((60, 120), 255, np.uint8)
    assert (drawn(tag_with(), full)[1] == 1).all()
    assert (drawn(tag_with(wear=Wear(ink_loss=1.0)), full)[1] == 0).all()


@pytest.mark.parametrize("body", [PLATE, BAND])
def test_glare_brightens_inside_its_radius_only(body):
    tag = tag_with(body, light=Light(glare=0.8, glare_uv_mm=(3.0, -2.0), glare_mm=5.0))
    with_glare, without = drawn(tag)[0], drawn(replace(tag, light=Light()))[0]
    index = np.arange(120 * 60)
    at = trace(np.linalg.inv(MATRIX), shape_of(body), REGION, index, tag.light)
    far = np.hypot(at.u - 3.0, at.v + 2.0).reshape(60, 120)
    assert (with_glare[far >= 5.0] == without[far >= 5.0]).all()
    middle = far < 2.5
    assert (with_glare[middle].astype(int) - without[middle]).min() > 5


def test_a_cast_shadow_darkens_the_side_it_points_to():
    tag = tag_with(light=Light(shadow=0.6, shadow_uv_mm=(0.0, 0.0), shadow_deg=90.0, shadow_soft_mm=1.0))
    ratio = drawn(tag)[0].astype(float).sum(axis=2) / drawn(replace(tag, light=Light()))[0].astype(float).sum(axis=2)
    assert ratio[:, :50].max() < 0.6
    assert (ratio[:, 66:] == 1).all()


def test_grain_is_standard_normal_in_the_large_and_fades_in_coarse_pixels():
    y, x = np.mgrid[0:400, 0:400].astype(np.float32)
    fine, coarse = np.full(x.size, 0.05, np.float32), np.full(x.size, 60.0, np.float32)
    noise = grain(x.ravel(), y.ravel(), fine, (7.0, 7.0), 20.0, 4, 9)
    assert abs(float(noise.mean())) < 0.1
    assert float(noise.std()) == pytest.approx(1.0, abs=0.1)
    assert (grain(x.ravel(), y.ravel(), coarse, (7.0, 7.0), 20.0, 4, 9) == 0).all()


def test_grain_follows_its_direction():
    y, x = np.mgrid[0:120, 0:120].astype(np.float32)
    pixel = np.full(x.size, 0.2, np.float32)
    upright = grain(x.ravel(), y.ravel(), pixel, (40.0, 2.0), 0.0, 1, 1).reshape(120, 120)
    assert np.abs(np.diff(upright, axis=1)).mean() > 5 * np.abs(np.diff(upright, axis=0)).mean()
    across = grain(x.ravel(), y.ravel(), pixel, (40.0, 2.0), 90.0, 1, 1).reshape(120, 120)
    assert np.abs(np.diff(across, axis=0)).mean() > 5 * np.abs(np.diff(across, axis=1)).mean()


def test_patches_stay_in_their_place():
    y, x = (plane.ravel() for plane in np.mgrid[0:50, 0:50].astype(np.float32))
    one = np.ones(x.size, np.float32)
    chosen = np.flatnonzero((x < 25) & (y > 7))
    values = {"cell_mm": 6.0, "count": 3, "soft": 0.4, "seed": 1}
    everywhere = patches(x, y, one, 0.5, bias=one * 0, **values)
    part = patches(x[chosen], y[chosen], one[chosen], 0.5, bias=one[chosen] * 0, **values)
    assert part.tobytes() == everywhere[chosen].tobytes()


def test_scratches_thin_out_with_pixels_instead_of_growing():
    def cover(step):
        c = np.arange(-30 + step / 2, 30, step, dtype=np.float32)
        x, y = (a.ravel() for a in np.meshgrid(c, c))
        return float(scratches(x, y, np.full(x.size, step, np.float32), 12, (30.0, 30.0), 3).mean())

    assert cover(1.0) == pytest.approx(cover(0.1), rel=0.3)


def test_the_trace_inverts_the_frames_of_a_cylinder():
    body = BandBody(20.0, 22.0, 1.0, 25.0)
    radius, tilt = 10.0, math.radians(25.0)
    shape, region = shape_of(body), (0, 0, 90, 120)
    matrix = np.array([[3.0, 0.2, 45.0], [-0.3, 3.1, 60.0], [1e-3, 2e-3, 1.0]])
    at = trace(np.linalg.inv(matrix), shape, region, np.arange(90 * 120), Light())
    wall = (at.top == 0) & (np.abs(at.sine) < 0.99) & (at.edge > 0)
    theta = at.u[wall].astype(float) / radius
    x, y = radius * np.sin(theta), at.v[wall] * math.cos(tilt) + radius * np.cos(theta) * math.sin(tilt)
    w = matrix[2, 0] * x + matrix[2, 1] * y + 1
    px, py = (matrix[0, 0] * x + matrix[0, 1] * y + 45) / w, (matrix[1, 0] * x + matrix[1, 1] * y + 60) / w
    rows, columns = np.divmod(np.flatnonzero(wall), 90)
    assert np.abs(px - columns - 0.5).max() < 1e-4
    assert np.abs(py - rows - 0.5).max() < 1e-4
    assert wall.sum() > 2000


def test_the_trace_knows_the_size_of_pixels_under_perspective():
    index = np.arange(120 * 60)
    at = trace(np.linalg.inv(MATRIX), shape_of(PLATE), REGION, index, Light())
    u, v = at.u.reshape(60, 120).astype(float), at.v.reshape(60, 120).astype(float)
    area = np.gradient(u, axis=1) * np.gradient(v, axis=0) - np.gradient(u, axis=0) * np.gradient(v, axis=1)
    assert at.pixel.reshape(60, 120)[1:-1, 1:-1] == pytest.approx(np.sqrt(np.abs(area))[1:-1, 1:-1], rel=1e-3)
