"""What to change in a recipe when draws are refused for a reason."""

from __future__ import annotations

GENERAL = "make the recipe's ranges milder, or raise max_attempts"

_PLACES = "ask for fewer or smaller tags (placement.count_weights, placement.scale_range)"
_DESIGNS = "lower size_range_px or min_cap_px of the designs (serials), or narrow placement.scale_range"
_WRITING = "narrow camera-like changes of the tags (fit), drop the blends that wash writing out (blends.weights), or "

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
    "no room for text on a body": "make bodies of designs larger (serials), or body.edge and body.fastening smaller",
}


def advice_for(reason: str) -> str:
    """The remedy for a reason, as a clause that ends a message."""
    return _ADVICE.get(reason, GENERAL)
