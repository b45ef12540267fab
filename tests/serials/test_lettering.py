"""Text on a canvas: every character against a slow rendering of it alone, and laws that hold for all tags."""

from __future__ import annotations

import math
from functools import lru_cache

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polygon_face import dense, faces, inscription, supersampled, tag_of

from synth.errors import RejectedScene
from synth.geometry.homography import perspective, rotation_deg, scaling, translation
from synth.serials.faces import open_face, styled_glyph
from synth.serials.glyphs import Glyph
from synth.serials.lettering import draw_lettering
from synth.serials.tag import ArcPath, BandBody, CutoutBody, DiscBody, LabelBody, LinePath, PlateBody

FRAME = (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0)
FLAT = PlateBody(200, 100)
BAND = BandBody(24, 30, 1, 20)
FONT = "liberation-sans-bold"
TEXTS = ("A7B2", "0-KX", "Q3/Z", "HN58", "MW14")


def at(scale: float, angle: float = 0.0, bend: tuple[float, float] = (0.0, 0.0)):
    return translation(103.3, 97.6) @ perspective(*bend) @ rotation_deg(angle) @ scaling(scale, scale)


CASES = {
    "line": (FLAT, LinePath(), at(4), {}),
    "small": (FLAT, LinePath(0.13, 0.21), at(1.6), {}),
    "turned": (FLAT, LinePath(1, 2, 33), at(3), {}),
    "vertical": (FLAT, LinePath(vertical=True), at(3, 4), {}),
    "arc": (DiscBody(90), ArcPath(30, 0, 25), at(3), {}),
    "arc inside": (DiscBody(90), ArcPath(30, 3, -25, 180, inside=True), at(3), {}),
    "band": (BAND, LinePath(), at(4), {}),
    "band turned away": (BAND, LinePath(-2.5, 1), at(4, 12), {"stretch": 0.5}),
    "band upright": (BAND, LinePath(6, 0, 90), at(4), {}),
    "bent label": (LabelBody(60, 30, 2, 22, -25), LinePath(2, 1), at(3), {}),
    "bent cutout": (CutoutBody("a", FRAME, 60, 30, 25), LinePath(3, 0, 5), at(3, 50), {}),
    "perspective": (FLAT, LinePath(), at(4, 0, (1.2e-3, -0.9e-3)), {}),
    "rotated": (FLAT, LinePath(), at(3.5, 140), {}),
    "stretched": (FLAT, LinePath(), at(3), {"stretch": 1.5, "tracking": 0.2}),
    "slanted": (FLAT, LinePath(), at(3), {"slant_deg": 18.0}),
    "bold": (FLAT, LinePath(), at(3), {"weight": 0.03}),
    "hollow": (FLAT, LinePath(), at(5), {"outline": 0.12}),
    "all": (BAND, LinePath(2, 1, 10), at(4, -70, (8e-4, 5e-4)), {"stretch": 0.8, "slant_deg": -8.0}),
}
REGION = (-40, -40, 280, 280)


class Alone:
    """One character as polygons on the canvas, by plain numpy from a denser outline."""

    def __init__(self, body, run, matrix, number: int) -> None:
        self.body, self.run, self.matrix, self.number = body, run, matrix, number

    @property
    def glyph(self) -> Glyph:
        return glyphs_of(self.run)[self.number]

    def stand(self) -> tuple[float, float, float]:
        run, glyphs = self.run, glyphs_of(self.run)
        face, path, cap = open_face(run.face), run.path, run.cap_height_mm
        if isinstance(path, LinePath) and path.vertical:
            along = (self.number - (len(glyphs) - 1) / 2) * (1.25 + run.tracking) * cap
            turn = math.radians(path.turn_deg)
            return path.u_mm + along * math.sin(turn), path.v_mm + along * math.cos(turn), turn
        kerns = [face.kerning(a, b) for a, b in zip(run.text, run.text[1:], strict=False)] + [0.0]
        steps = [run.stretch * (g.advance + k) + run.tracking for g, k in zip(glyphs, kerns, strict=True)]
        length = sum(steps) - run.tracking
        along = sum(steps[: self.number]) + run.stretch * self.glyph.advance / 2 - length / 2
        along *= cap
        if isinstance(path, LinePath):
            turn = math.radians(path.turn_deg)
            return path.u_mm + along * math.cos(turn), path.v_mm - along * math.sin(turn), turn
        sign = 1 if path.inside else -1
        direction = math.radians(path.middle_deg) + sign * along / path.radius_mm
        u, v = path.u_mm - path.radius_mm * math.sin(direction), path.v_mm - path.radius_mm * math.cos(direction)
        return u, v, direction + (math.pi if path.inside else 0)

    def polygons(self) -> list[np.ndarray]:
        return [self.seen(uv) for uv in self.flat()]

    def flat(self) -> list[np.ndarray]:
        return [self.on_surface(dense(contour, 0.01)) for contour in self.glyph.contours]

    def cell(self) -> np.ndarray:
        (left, low), (right, high) = self.glyph.vertices.min(0), self.glyph.vertices.max(0)
        low, high = min(low, 0), max(high, 1)
        return self.on_surface(np.array([(left, high), (right, high), (right, low), (left, low)]))

    def on_surface(self, points: np.ndarray) -> np.ndarray:
        u, v, turn = self.stand()
        cap, slant = self.run.cap_height_mm, math.tan(math.radians(self.run.slant_deg))
        p = points - (self.glyph.advance / 2, 0.5)
        x, y = (self.run.stretch * p[:, 0] + slant * p[:, 1]) * cap, p[:, 1] * cap
        uv = np.column_stack([x * math.cos(turn) - y * math.sin(turn), -x * math.sin(turn) - y * math.cos(turn)])
        return np.add(uv, (u, v))

    @property
    def radius(self) -> float:
        radius = getattr(self.body, "diameter_mm", 0) / 2 if isinstance(self.body, BandBody) else 0
        return getattr(self.body, "bend_radius_mm", radius)

    def seen(self, uv: np.ndarray) -> np.ndarray:
        radius = self.radius
        tilt = math.radians(getattr(self.body, "tilt_deg", 0))
        xy = uv
        if radius:
            theta = np.clip(uv[:, 0] / radius, -math.pi / 2, math.pi / 2)
            y = uv[:, 1] * math.cos(tilt) + radius * np.cos(theta) * math.sin(tilt)
            xy = np.column_stack([radius * np.sin(theta), y])
        h = np.column_stack([xy, np.ones(len(xy))]) @ self.matrix.T
        return h[:, :2] / h[:, 2:]


def glyphs_of(run) -> list[Glyph]:
    return styled(run.face, run.text, run.weight, run.outline)


@lru_cache
def styled(face: str, text: str, weight: float, outline: float) -> list[Glyph]:
    return [styled_glyph(open_face(face), c, weight=weight, outline=outline) for c in text]


def pixel_box(covered: np.ndarray, region) -> np.ndarray:
    rows, columns = np.nonzero(covered)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], float) + np.tile(region[:2], 2)


@lru_cache
def measured(case: str) -> list[tuple[float, float, float]]:
    """Errors of the characters of a case, px.

    Of the mask's box against pixels covered by half, of the outline's box against pixels covered by a quarter (mean of
    the sides), and against pixels covered at all.
    """
    body, path, matrix, style = CASES[case]
    out = []
    for text in TEXTS:
        run = inscription(text, path, face=FONT, **style)
        drawn_text = tag_of(body, run)
        for number in range(len(text)):
            alone = Alone(body, run, matrix, number)
            polygons = alone.polygons()
            points = np.concatenate(polygons)
            low, high = np.floor(points.min(0)).astype(int) - 2, np.ceil(points.max(0)).astype(int) + 2
            region = (*low.tolist(), *high.tolist())
            slow = supersampled(polygons, region)
            drawn = draw_lettering(drawn_text, matrix, region, open_face).characters
            (own,) = [c for c in drawn if c.place == (0, number)]
            boxes = [pixel_box(slow >= least, region) for least in (0.5, 0.25, 1e-3)]
            out.append(
                (
                    np.abs(boxes[0] - own.mask.box).max(),
                    np.abs(boxes[1] - own.outline_box).mean(),
                    np.abs(boxes[2] - own.outline_box).max(),
                )
            )
    return out


@pytest.mark.parametrize("case", CASES)
def test_labels_agree_with_each_character_drawn_alone(case: str) -> None:
    rows = np.array(measured(case))
    assert rows[:, 0].max() <= 1
    assert rows[:, 2].max() <= 1


def test_boxes_are_right_on_average() -> None:
    rows = np.array([row for case in CASES for row in measured(case)])
    assert len(rows) >= 300
    assert rows[:, 0].mean() <= 0.05
    assert rows[:, 1].mean() <= 0.35


@pytest.mark.parametrize("case", CASES)
def test_coverage_is_the_area(case: str) -> None:
    body, path, matrix, style = CASES[case]
    for text in "AQ8":
        run = inscription(text, path, face=FONT, **style)
        slow = supersampled(Alone(body, run, matrix, 0).polygons(), REGION)
        ink = draw_lettering(tag_of(body, run), matrix, REGION, open_face).ink / 255.0
        assert ink.sum() == pytest.approx(slow.sum(), rel=0.005)
        if "weight" not in style and "outline" not in style:  # where contours overlap, edges are not exact
            assert np.abs(ink - slow).max() < 0.05


@pytest.mark.parametrize("cap_px", [1.0, 2.5, 5.0, 7.0])
def test_no_box_is_lost_in_small_type(cap_px: float) -> None:
    for k in range(24):
        matrix = translation(30 + k / 7, 30 + k / 5) @ rotation_deg(15 * k) @ scaling(cap_px / 10, cap_px / 10)
        for run in (inscription("A1-I/8", face=FONT, stretch=0.6), inscription("A1-I/8", face="single-stroke")):
            drawn = draw_lettering(tag_of(FLAT, run), matrix, (0, 0, 80, 80), open_face).characters
            assert [c.character for c in drawn] == list(run.text)
            for c in drawn:
                assert c.mask.area == c.full_area > 0


drawn_paths = st.one_of(
    st.builds(LinePath, st.floats(-8, 8), st.floats(-5, 5), st.floats(-180, 180), st.booleans()),
    st.builds(ArcPath, st.floats(25, 60), st.floats(-5, 5), st.floats(-5, 5), st.floats(0, 360), st.booleans()),
)
bodies = st.sampled_from([FLAT, LabelBody(60, 30, 2, 40, 15), BandBody(50, 30, tilt_deg=-20)])
matrices = st.builds(at, st.floats(1, 4), st.floats(0, 360), st.tuples(st.floats(-4e-4, 4e-4), st.floats(-4e-4, 4e-4)))


@given(bodies, drawn_paths, matrices, st.floats(0.5, 2), st.floats(-20, 20))
def test_drawing_twice_and_parts_and_whole_pixel_shifts(body, path, matrix, stretch: float, slant: float) -> None:
    tag = tag_of(body, inscription("FLO", path, stretch=stretch, slant_deg=slant), inscription("O-", path, copy=1))
    whole = draw_lettering(tag, matrix, REGION, faces)
    again = draw_lettering(tag, matrix, REGION, faces)
    assert whole.ink.tobytes() == again.ink.tobytes()
    assert whole.which.tobytes() == again.which.tobytes()
    part = draw_lettering(tag, matrix, (70, 60, 150, 111), faces)
    np.testing.assert_array_equal(part.ink, whole.ink[100:151, 110:190])
    np.testing.assert_array_equal(part.which, whole.which[100:151, 110:190])
    shifted = draw_lettering(tag, translation(16, -32) @ matrix, (-24, -72, 296, 248), faces)
    assert np.count_nonzero(shifted.ink != whole.ink) <= 1
    for a, b, c, d in zip(whole.characters, again.characters, part.characters, shifted.characters, strict=True):
        assert a.mask == b.mask
        assert a.quad == b.quad
        assert (a.full_area, a.quad, a.outline_box) == (c.full_area, c.quad, c.outline_box)
        full = np.zeros((320, 320), bool)
        full[100:151, 110:190] = a.mask.to_full(1000, 1000)[60:111, 70:150]
        np.testing.assert_array_equal(c.mask.to_full(150, 111)[60:, 70:], full[100:151, 110:190])
        assert abs(d.full_area - a.full_area) <= 1
        np.testing.assert_allclose(np.array(d.quad) - (16, -32), a.quad, atol=1e-6)


@given(bodies, drawn_paths, matrices, st.floats(0, 360))
def test_turning_the_tag_turns_its_labels(body, path, matrix, phi: float) -> None:
    tag = tag_of(body, inscription("FLO", path))
    before = draw_lettering(tag, matrix, REGION, faces).characters
    turn = rotation_deg(phi)
    after = draw_lettering(tag, turn @ matrix, REGION, faces).characters
    for a, b in zip(before, after, strict=True):
        assert 0 <= b.angle_deg < 360
        assert abs((b.angle_deg - a.angle_deg - phi + 180) % 360 - 180) < 1e-6
        np.testing.assert_allclose(b.quad, np.array(a.quad) @ turn[:2, :2].T, atol=1e-6)


@given(bodies, drawn_paths, matrices, st.floats(0.5, 2), st.floats(-20, 20))
def test_quads_are_convex_and_run_clockwise_round_the_ink(body, path, matrix, stretch: float, slant: float) -> None:
    tag = tag_of(body, inscription("FL-O", path, stretch=stretch, slant_deg=slant))
    for c in draw_lettering(tag, matrix, REGION, faces).characters:
        q = np.array(c.quad)
        sides = np.roll(q, -1, axis=0) - q
        turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
        if c.facing == 1:
            assert (turns > 0).all()
        up = (q[0] + q[1] - q[2] - q[3]) / 2
        seen = math.degrees(math.atan2(-up[0], -up[1]))
        sheared = math.degrees(math.atan((1 - c.facing) / (2 * math.sqrt(c.facing))))
        assert abs((seen - c.angle_deg + 180) % 360 - 180) < 15 + sheared


bent = st.builds(BandBody, st.floats(20, 60), st.just(30.0), st.just(1.0), st.floats(-50, 50)) | st.builds(
    LabelBody, st.just(60.0), st.just(30.0), bend_radius_mm=st.floats(20, 60), tilt_deg=st.floats(-50, 50)
)
lines = st.builds(LinePath, st.floats(-30, 30), st.floats(-5, 5), st.floats(-180, 180))


@settings(max_examples=60)
@given(bent | st.just(FLAT), lines, matrices)
def test_turned_back_by_its_angle_a_character_stands_as_upright_as_can_be(body, path, matrix) -> None:
    """Kabsch: the rotation that best takes a small circle at the middle of what shows to its picture."""
    run = inscription("R7", path, face=FONT, cap_height_mm=5)
    for c in draw_lettering(tag_of(body, run), matrix, REGION, open_face).characters:
        alone = Alone(body, run, matrix, c.place[1])
        corners = alone.cell()
        limb = alone.radius * math.pi / 2 or math.inf
        u = np.clip(corners[:, 0], -limb, limb)
        middle = np.array([(u.min() + u.max()) / 2, corners[:, 1].mean()])
        if abs(middle[0]) > 0.995 * limb:
            continue
        around = np.linspace(0, 2 * math.pi, 64, endpoint=False)
        circle = 1e-4 * np.column_stack([np.cos(around), np.sin(around)])
        picture = alone.seen(middle + circle)
        left, _, right = np.linalg.svd(circle.T @ (picture - picture.mean(axis=0)))
        turned = np.array([-math.sin(alone.stand()[2]), -math.cos(alone.stand()[2])]) @ left @ right
        expected = math.degrees(math.atan2(-turned[0], -turned[1]))
        assert abs((c.angle_deg - expected + 180) % 360 - 180) < 0.01


def test_in_a_mirror_upright_is_mirrored() -> None:
    tag = tag_of(BAND, inscription("FLO", LinePath(3, 0, 35)))
    before = draw_lettering(tag, at(4, 10), REGION, faces).characters
    after = draw_lettering(tag, translation(206, 0) @ np.diag([-1.0, 1, 1]) @ at(4, 10), REGION, faces).characters
    for a, b in zip(before, after, strict=True):
        assert abs((a.angle_deg + b.angle_deg + 180) % 360 - 180) < 1e-6


@settings(max_examples=25)
@given(bent, lines, matrices)
def test_facing_is_the_mean_cosine_round_the_axis(body, path, matrix) -> None:
    run = inscription("Q-8", path, face=FONT)
    drawn = {c.place[1]: c for c in draw_lettering(tag_of(body, run), matrix, REGION, open_face).characters}
    for number in range(3):
        alone = Alone(body, run, matrix, number)
        flat = [16 * contour for contour in alone.flat()]
        points = np.concatenate(flat)
        low, high = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
        ink = supersampled(flat, (*low, *high), times=4).sum(axis=0)
        theta = (low[0] + np.arange(len(ink)) + 0.5) / 16 / alone.radius
        expected = (ink * np.maximum(np.where(np.abs(theta) < math.pi, np.cos(theta), 0), 0)).sum() / ink.sum()
        found = drawn[number].facing if number in drawn else 0
        assert found == pytest.approx(expected, abs=2e-3)


@given(bent, lines)
def test_neither_tilt_nor_perspective_counts_as_facing_away(body, path) -> None:
    run = inscription("FLO", path)
    upright = msgspec.structs.replace(body, tilt_deg=0.0)
    a = draw_lettering(tag_of(body, run), at(3, 70, (4e-4, -3e-4)), REGION, faces).characters
    b = draw_lettering(tag_of(upright, run), at(2), REGION, faces).characters
    assert {c.place: c.facing for c in a} == {c.place: c.facing for c in b}
    for c in draw_lettering(tag_of(FLAT, run), at(3, 70, (4e-4, -3e-4)), REGION, faces).characters:
        assert c.facing == 1


@given(matrices, st.floats(0.5, 2), st.floats(-0.05, 1), st.booleans(), st.floats(0, 360))
def test_stretch_and_arc_keep_the_reading_order(matrix, stretch, tracking, inside, middle) -> None:
    path = ArcPath(40, middle_deg=middle, inside=inside)
    run = inscription("FLOFLO-", path, stretch=stretch, tracking=tracking, cap_height_mm=4)
    drawn = draw_lettering(tag_of(DiscBody(100), run), matrix, REGION, faces).characters
    assert [c.place for c in drawn] == [(0, k) for k in range(7)]
    middles = [np.mean(c.quad, axis=0) for c in drawn]
    for a, b, m, n in zip(drawn, drawn[1:], middles, middles[1:], strict=False):
        right = np.array(a.quad[1]) - a.quad[0] + np.array(b.quad[1]) - b.quad[0]
        assert (n - m) @ right > 0


def test_a_turned_band_hides_what_lies_behind() -> None:
    around = 2 * math.pi * 12
    runs = [inscription("O", LinePath(share * around), copy=k) for k, share in enumerate((0, 0.25, 0.5, 1.0, -0.25))]
    drawn = draw_lettering(tag_of(BAND, *runs), at(4), REGION, faces).characters
    assert [c.place for c in drawn] == [(0, 0), (1, 0), (3, 0), (4, 0)]
    outer, inner, area = 3.5 / 12, 1.5 / 12, 7 * 10 - 3 * 6
    front = 2 * 12 * (10 * math.sin(outer) - 6 * math.sin(inner)) / area
    edge = 12 * (10 * (1 - math.cos(outer)) - 6 * (1 - math.cos(inner))) / area
    np.testing.assert_allclose([c.facing for c in drawn], [front, edge, front, edge], rtol=1e-3)
    limb = at(4) @ (12, 0, 1)
    assert drawn[1].outline_box[2] == pytest.approx(limb[0], abs=1 / 2048)
    assert drawn[0].mask == drawn[2].mask


def test_inscriptions_own_their_ink() -> None:
    runs = [inscription("F", LinePath(-10)), inscription("L", LinePath(10), copy=None), inscription("O", start=5)]
    lettering = draw_lettering(tag_of(FLAT, *runs), at(4), REGION, faces)
    assert [c.place for c in lettering.characters] == [(0, 0), None, (0, 5)]
    for number, c in enumerate(lettering.characters):
        inside = c.mask.to_full(400, 400)[:280, :280]
        assert (lettering.which[40:, 40:][inside] == number).all()
        assert (lettering.ink[40:, 40:][inside] >= 128).all()


def test_what_leaves_the_region_keeps_its_full_area_and_box() -> None:
    tag = tag_of(FLAT, inscription("FLO"))
    full = draw_lettering(tag, at(4), REGION, faces).characters
    none = draw_lettering(tag, at(4), (1000, 1000, 1010, 1010), faces)
    assert not none.ink.any()
    assert [c.full_area for c in none.characters] == [c.mask.area for c in full]
    assert [c.outline_box for c in none.characters] == [c.outline_box for c in full]
    assert all(c.mask.pixels.size == 0 for c in none.characters)


def test_a_blank_tag_has_no_ink() -> None:
    lettering = draw_lettering(tag_of(FLAT), at(4), REGION, faces)
    assert not lettering.ink.any()
    assert lettering.characters == ()
    assert draw_lettering(tag_of(FLAT, inscription("  ")), at(4), REGION, faces).characters == ()


@pytest.mark.parametrize("bend", [(0.08, 0.0), (0.0, -0.5), (-1.0, 1.0)])
def test_a_perspective_that_turns_text_inside_out_is_rejected(bend: tuple[float, float]) -> None:
    with pytest.raises(RejectedScene, match=r"inside out|enormous"):
        draw_lettering(tag_of(FLAT, inscription("FLO")), at(4, 0, bend), REGION, faces)


def test_an_enormous_character_is_rejected() -> None:
    with pytest.raises(RejectedScene, match="enormous"):
        draw_lettering(tag_of(FLAT, inscription("FLO")), at(800), REGION, faces)


@settings(max_examples=20)
@given(st.floats(-0.5, 0.5), st.floats(0.3, 1.4))
def test_a_wide_letter_on_a_narrow_cylinder_stays_a_curve(u: float, share: float) -> None:
    body = BandBody(20, 40, tilt_deg=35)
    run = msgspec.structs.replace(inscription("-", LinePath(u)), stretch=share * math.pi * 10 / 4)
    (c,) = draw_lettering(tag_of(body, run), at(8), (-400, -400, 600, 600), faces).characters
    theta = min(run.stretch * 2 / 10, math.pi / 2)
    if abs(u) < 1e-3 and theta < math.pi / 2:
        assert c.outline_box[2] - c.outline_box[0] == pytest.approx(2 * 80 * math.sin(theta), abs=0.05)
