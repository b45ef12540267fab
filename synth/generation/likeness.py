"""Characters of a recipe's designs that a reader will take for one another: told before they are drawn."""

from __future__ import annotations

from synth.scene.designs import Design
from synth.scene.legal import grammar_of
from synth.scene.recipe import Recipe
from synth.scene.serial_draws import face_name
from synth.serials.confusion import LARGEST_PX, confusable_pairs
from synth.serials.faces import open_face

ALIKE = 0.85
LARGEST_ALPHABET = 64
PAIRS_SHOWN = 3
MOST_COMPARED = 4000
"""Pairs of characters that are compared in one run, in all faces together: about a second."""


def alike_notes(recipe: Recipe) -> tuple[str, ...]:
    """A line for each design with characters that look alike at its smallest size, until enough is compared.

    Raises:
        AssetError: a face is missing, or lacks a character.
    """
    notes: list[str] = []
    left = MOST_COMPARED
    for design in recipe.serials:
        characters = grammar_of(design.text).alphabet
        pairs = len(characters) * (len(characters) - 1) // 2
        faces = [face for face, weight in design.lettering.faces.items() if weight > 0]
        if len(characters) <= LARGEST_ALPHABET and pairs * len(faces) <= left:
            left -= pairs * len(faces)
            notes += _note(design, faces, characters)
    return tuple(notes)


def _note(design: Design, faces: list[str], characters: str) -> list[str]:
    height = min(design.min_cap_px, LARGEST_PX)
    most: dict[tuple[str, str], tuple[float, str]] = {}
    for face in faces:
        for one, other, overlap in confusable_pairs(open_face(face), characters, height, iou=ALIKE):
            most[one, other] = max(most.get((one, other), (0.0, "")), (overlap, face_name(face)))
    if not most:
        return []
    shown = sorted(most.items(), key=lambda pair: (-pair[1][0], pair[0]))[:PAIRS_SHOWN]
    told = ", ".join(f"{one} and {other} in {face} ({overlap:.2f})" for (one, other), (overlap, face) in shown)
    return [
        f"design {design.name!r}: look alike at {height:g} px: {told}; leave one of them out with text.excluded, if "
        "your serials can do without it"
    ]
