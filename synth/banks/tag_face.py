"""The face of a cut-out, as it stands in its record: where another text may be written, and how the old one looked.

Body coordinates are those of `CutoutBody`: mm round the middle of the face, y down, upright on screen; here 1 mm is one
px of the cut-out. Text reads along `turn_deg`.
"""

from __future__ import annotations

import msgspec

from synth import limits


class TextLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the old text on the unrolled surface: its middle, its length along the reading direction, its cap
    height, mm; `whole` unless the tag's edge cuts it.
    """

    u_mm: float
    v_mm: float
    length_mm: float
    cap_height_mm: float
    whole: bool = True


class TagFace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where and how a cut-out can be written on.

    Attributes:
        frame: row-major 3x3 homography from body mm to px of the cut-out.
        width_mm, height_mm: of the face that text may take, round the body's origin.
        bend_radius_mm: of the upright cylinder that it is wrapped round; 0 = flat.
        turn_deg: the reading direction on the body, as `LinePath.turn_deg`: 0, 90 or 270.
        cap_height_mm: of the old letters.
        lines: of the old text, the longest whole one first.
        ink, paper: colours, RGB.
        softness_px: sigma of the glyphs' edges.
        quality: how far the measurement can be trusted, [0, 1].
    """

    frame: limits.Matrix9
    width_mm: float
    height_mm: float
    bend_radius_mm: float
    turn_deg: float
    cap_height_mm: float
    lines: tuple[TextLine, ...]
    ink: limits.Colour
    paper: limits.Colour
    softness_px: float
    quality: float
