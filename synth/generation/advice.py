"""What to change in a recipe when draws are refused for a reason."""

from __future__ import annotations

GENERAL = "make the recipe's ranges milder, or raise max_attempts"

_PLACES = "ask for fewer or smaller tags (placement.count_weights, placement.scale_range)"
_DESIGNS = "lower size_range_px or min_cap_px of the designs (serials), or narrow placement.scale_range"
_WRITING = "narrow camera-like changes of the tags (fit), drop the blends that wash writing out (blends.weights), or "

_VIEWS = "let the camera see more (render.camera.fill_range, off_centre_range, focal_range_mm),"

_SHAPES = "narrow the ranges of the shape (render.subjects.*.shape) and of its serial's body (serials): ask for"

# reason -> what to do about it
_ADVICE = {
    "no room for a tag": f"{_PLACES}, allow more overlap (placement.max_overlap), or more places (placement.where)",
    "tag hidden": f"{_PLACES}, hide less of them (occluders.cover_range, placement.truncation), or accept it "
    "(placement.min_visibility)",
    "a negative covers a tag": "ask for fewer negatives (negatives.count_weights) or a larger canvas",
    "hand label covered": "ask for fewer pastes (placement.count_weights, negatives.count_weights, occluders), or set "
    "backgrounds.hand_labels: avoid",
    "glyph contrast lost": f"{_WRITING}accept less contrast (refusal.min_contrast)",
    "clipped": f"{_WRITING}accept more clipping (refusal.max_clipped)",
    "a paste is turned inside out by its perspective": "narrow placement.perspective_range",
    "a tag is turned inside out by its perspective": "narrow placement.perspective_range",
    "a tag is seen edge-on": "narrow placement.perspective_range, or tilt_range_deg of the bodies of designs (serials)",
    "a paste is far larger than any canvas": "narrow placement.scale_range",
    "a tag is far larger than any canvas": _DESIGNS,
    "a character is enormous": _DESIGNS,
    "writing reaches beyond its body": "make the words smaller or move them (serials.*.words), lower "
    "serials.*.setting.fill_range or offset_range, or make the bodies larger",
    "a serial is too long for its body": "make the bodies of designs larger (serials), lower setting.fill_range or "
    "min_cap_px, or use more setting.lines",
    "the lines of a serial do not fit on arcs": "use fewer setting.lines, or lower setting.fill_range",
    "subject hidden": "hide less of the subjects (occluders), or accept it (placement.min_visibility)",
    "a subject lies in the dark": "add light (render.lights.count_weights, render.environment.strength_range), or "
    "narrow render.mix_range_stops",
    "a subject is out of sight": f"{_VIEWS} or ask for fewer things (render.count_weights, render.distractors)",
    "the writing of a subject is too small": "come nearer (render.camera.distance_range_m, fill_range), "
    "make the canvas larger, or accept it (min_cap_px of the subject)",
    "a subject is hardly seen": f"{_VIEWS} hide less of the subjects (render.occluders, render.distractors), or accept "
    "it (placement.min_visibility)",
    "no room for a subject": "ask for fewer subjects (render.count_weights), or see more of the ground "
    "(render.camera.fill_range, focal_range_mm)",
    "a body reaches behind the X-ray source": "put the source farther away, or make the bodies smaller",
    "the chip of an implant does not fit on its patch": f"{_SHAPES} a smaller chip, or a larger patch",
    "the patch of an implant does not fit on its back": f"{_SHAPES} a smaller patch, or larger implants",
    "a plate is thicker than half its smaller side": f"{_SHAPES} thinner or larger plates",
    "a plate is bowed by more than three tenths of its width": f"{_SHAPES} plates that are bowed less",
    "the wall of a ring is thicker than its radius": f"{_SHAPES} thinner walls, or wider rings",
    "a leg is thicker than the ring on it is wide": f"{_SHAPES} thinner legs, or wider rings",
    "camera below the ground": "raise render.camera.place, or lower render.camera.lowest_deg",
    "no room for text on a body": "make bodies of designs larger (serials), or body.edge and body.fastening smaller",
}


def advice_for(reason: str) -> str:
    """The remedy for a reason, as a clause that ends a message."""
    return _ADVICE.get(reason, GENERAL)
