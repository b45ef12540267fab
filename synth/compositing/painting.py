"""Layers on a canvas, one after the other. Each says which pixels are its own now, and takes them from those below."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.procedural import draw_background
from synth.compositing.blends import HALF, join, mix
from synth.compositing.camera import is_untouched
from synth.compositing.canvas import Canvas
from synth.compositing.glyphs import faint_characters, faint_masks, levels_of, refuse_faint_writing, refuse_lost_writing
from synth.compositing.layers import Paste, paste_blob, paste_patch, paste_tag
from synth.compositing.material import Material
from synth.compositing.rendered import develop, laid_over
from synth.compositing.serials import paste_serial
from synth.compositing.shot_truth import Geometry, ShotTruth, geometry_of
from synth.compositing.strokes import draw_stroke, stroke_region
from synth.compositing.truth import About, TagTruth, about_cutout, kept_annotations, refuse_covered_labels
from synth.compositing.warp import Placed
from synth.compositing.xrays import beyond_field, exposed
from synth.errors import AssetError, ConfigError, RejectedScene
from synth.geometry.boxes import Region
from synth.labels.sample import Annotation, Categories, Image
from synth.scene.shot import Radiograph, Radiographs, Shot, Shots
from synth.scene.spec import (
    Blend,
    BlobLayer,
    ImageSpec,
    Layer,
    PatchLayer,
    PhotoBackground,
    PlainBackground,
    RenderLayer,
    SerialLayer,
    StrokeLayer,
    TagLayer,
    XrayLayer,
)


@dataclass(slots=True, eq=False)
class Painting:
    """A canvas while it is painted.

    Attributes:
        spec: what is painted.
        materials: the pixels that it names.
        shots: gives what is rendered; None where nothing can be.
        radiographs: gives what X-rays pass through; likewise.
        canvas: its pixels.
        kept: hand labels of the background.
        tags: labelled tags and subjects so far.
        touched: regions that layers were painted on.
        shot: the last one that was laid on the canvas.
        covered: (height, width) bool, what was painted over that one.
        radiograph: the last one that was exposed.
    """

    spec: ImageSpec
    materials: Material
    shots: Shots | None
    radiographs: Radiographs | None
    canvas: Canvas
    kept: tuple[Annotation, ...] = ()
    tags: list[TagTruth | ShotTruth] = field(default_factory=list)
    touched: list[Region] = field(default_factory=list)
    shot: Shot | None = None
    covered: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    radiograph: Radiograph | None = None

    def paint(self, layer: Layer) -> None:
        """Paints one layer over the canvas."""
        width, height = self.spec.width_px, self.spec.height_px
        if isinstance(layer, StrokeLayer):
            self._strokes(layer)
        elif isinstance(layer, RenderLayer):
            self._render(layer)
        elif isinstance(layer, XrayLayer):
            self._expose(layer)
        elif isinstance(layer, TagLayer):
            self._tag(layer, paste_tag(layer, self.materials, width, height))
        elif isinstance(layer, SerialLayer):
            self._serial(layer, paste_serial(layer, self.materials, width, height))
        elif isinstance(layer, PatchLayer):
            self._paste(layer.blend, paste_patch(layer, self.materials, width, height), hides=layer.occludes)
        else:
            assert isinstance(layer, BlobLayer)
            self._paste(layer.blend, paste_blob(layer, width, height))

    def annotations(self) -> tuple[Annotation, ...]:
        """The labels of the finished painting: of its layers in their order, then those of the photo."""
        catalogue = self.materials.catalogue
        categories = Categories(catalogue.categories, catalogue.characters)
        spec = self.spec
        made = (t.annotation(categories, spec.min_visibility, spec.width_px, spec.height_px) for t in self.tags)
        return (*made, *self.kept)

    def geometry(self) -> Geometry | None:
        """Of the last shot, else of the last radiograph; None without either."""
        if self.shot is not None:
            return geometry_of(self.shot, self.covered)
        taken = self.radiograph
        return None if taken is None else Geometry(None, None, taken.intrinsics, taken.camera)

    def _render(self, layer: RenderLayer) -> None:
        if self.shots is None:
            raise ConfigError(
                f"image {self.spec.index} is rendered, and nothing here can render; install it with "
                "pip install 'synthtag[rendering]'"
            )
        width, height = self.spec.width_px, self.spec.height_px
        shot = self.shots(layer, width, height, self.spec.min_visibility)
        picture = develop(shot, layer, grey=is_grey(self.spec, self.materials))
        below = self.canvas.part(picture.region)
        below[:] = laid_over(picture, below)
        self._cover(picture.region, picture.solid)
        self.tags += [ShotTruth(self._judged(annotation)) for annotation in shot.annotations]
        self.shot, self.covered = shot, np.zeros((height, width), np.bool_)

    def _judged(self, subject: Annotation) -> Annotation:
        """A rendered subject, with the characters difficult that its light or its wear makes hard to tell."""
        masks = [character.mask for character in subject.characters if character.mask is not None]
        if len(masks) < len(subject.characters) or not masks:
            return subject
        x0, y0, x1, y1 = (int(value) for value in subject.box)
        faint = faint_masks(self.canvas.part((x0, y0, x1, y1)), (x0, y0), masks, self.spec.glyph_limits)
        judged = [replace(c, difficult=c.difficult or number in faint) for number, c in enumerate(subject.characters)]
        return replace(subject, characters=tuple(judged))

    def _expose(self, layer: XrayLayer) -> None:
        if self.radiographs is None:
            raise ConfigError(f"image {self.spec.index} is an X-ray picture, and nothing was given that makes one")
        width, height = self.spec.width_px, self.spec.height_px
        radiograph = self.radiographs(layer, width, height, self.spec.min_visibility)
        region = (0, 0, width, height)
        below = self.canvas.part(region)
        below[:] = exposed(below, radiograph.transmission, layer)
        self.touched.append(region)
        self.radiograph = radiograph
        self.tags += [ShotTruth(annotation) for annotation in radiograph.annotations]
        if layer.field_px is not None:
            self._cover(region, beyond_field(layer.field_px, width, height))

    def _tag(self, layer: TagLayer, paste: Paste | None) -> None:
        if paste is None and layer.labelled:
            raise RejectedScene("tag hidden")
        pasted = self._paste(layer.blend, paste)
        if paste is None or pasted is None or not layer.labelled:
            return
        if not layer.blank:
            own = self.materials.tag(layer.tag).record.contrast
            refuse_lost_writing(paste.unlit, pasted, paste.placed.mask, layer.gain, own, self.spec.glyph_limits)
        self.tags.append(TagTruth(paste.placed, about_cutout(layer, self.materials.tag(layer.tag).record)))

    def _serial(self, layer: SerialLayer, found: tuple[Paste, About] | None) -> None:
        if found is None:
            if layer.labelled:
                raise RejectedScene("tag hidden")
            return
        paste, about = found
        mask, limits = paste.placed.mask, self.spec.glyph_limits
        below = self.canvas.part(_region(paste.placed)).copy() if paste.bare else None
        pasted = self._paste(layer.blend, paste)
        if pasted is None or not layer.labelled:
            return
        if below is not None:
            refuse_faint_writing(below, pasted, mask, limits)
        else:
            refuse_lost_writing(paste.unlit, pasted, mask, layer.gain, levels_of(paste.unlit, mask), limits)
        faint = faint_characters(pasted, (paste.placed.x, paste.placed.y), about.characters, limits)
        self.tags.append(TagTruth(paste.placed, about, faint=faint))

    def _paste(self, blend: Blend, paste: Paste | None, *, hides: bool = True) -> Image | None:
        """Joins a paste to the canvas; returns its region as it looks then.

        A paste that may not hide anything is refused if it does.
        """
        if paste is None:
            return None
        placed, region = paste.placed, _region(paste.placed)
        below = self.canvas.part(region)
        patch = placed.rgb if paste.opacity is None else mix(placed.rgb, paste.opacity, below)
        pasted = mix(patch, paste.edge, below) if paste.bare else join(blend, patch, paste.edge, below)
        below[:] = pasted
        hidden = self._cover(region, placed.mask)
        if hidden and not hides:
            raise RejectedScene("a negative covers a tag")
        return pasted

    def _strokes(self, layer: StrokeLayer) -> None:
        for stroke in layer.strokes:
            region = stroke_region(stroke, self.spec.width_px, self.spec.height_px)
            x0, y0, x1, y1 = region
            if x0 >= x1 or y0 >= y1:
                continue
            below = self.canvas.part(region)
            part = below.copy()
            coverage = np.zeros(part.shape[:2], np.uint8)
            draw_stroke(part, coverage, stroke, x0, y0)
            below[:] = part
            self._cover(region, coverage >= HALF)

    def _cover(self, region: Region, mask: NDArray[np.bool_]) -> bool:
        """Notes that the pixels of a mask belong to a new layer; says whether it takes any from a labelled tag."""
        self.touched.append(region)
        if self.kept:
            refuse_covered_labels(self.kept, region, mask)
        if self.shot is not None:
            self.covered[region[1] : region[3], region[0] : region[2]] |= mask
        hidden = 0
        for tag in self.tags:
            hidden += tag.hide(region[0], region[1], mask)
        return hidden > 0


def _region(placed: Placed) -> Region:
    height, width = placed.coverage.shape
    return (placed.x, placed.y, placed.x + width, placed.y + height)


def paint(
    spec: ImageSpec, materials: Material, shots: Shots | None = None, radiographs: Radiographs | None = None
) -> Painting:
    """The canvas with all layers, and what is known about them."""
    background = spec.background
    below = _below(spec, materials)
    painting = Painting(spec, materials, shots, radiographs, Canvas(below, lazily=_is_mostly_copied(spec)))
    if isinstance(background, PhotoBackground) and spec.kept_annotations:
        record = materials.photo_record(background.photo)
        categories = Categories(materials.catalogue.categories)
        painting.kept = kept_annotations(record, background, categories, spec.width_px, spec.height_px)
    for layer in spec.layers:
        painting.paint(layer)
    return painting


def _below(spec: ImageSpec, materials: Material) -> Image:
    """The background's pixels."""
    background, width, height = spec.background, spec.width_px, spec.height_px
    if isinstance(background, PhotoBackground):
        return _crop(spec, background, materials)
    if isinstance(background, PlainBackground):
        return np.full((height, width, 3), background.colour, np.uint8)
    return draw_background(
        background.kind, background.seed, background.scale_px, background.octaves, background.colours, width, height
    )


def _crop(spec: ImageSpec, background: PhotoBackground, materials: Material) -> Image:
    """The background's pixels: a view of the photo if the canvas fetches them itself, else an array of their own."""
    photo = materials.photo(background.photo)
    height, width = photo.shape[:2]
    x, y = background.x, background.y
    if x < 0 or y < 0 or x + spec.width_px > width or y + spec.height_px > height:
        raise AssetError(
            f"{background.photo}: a crop of {spec.width_px}x{spec.height_px} px at ({x}, {y}) does not lie in the "
            f"photo of {width}x{height} px; use a smaller canvas or larger photos"
        )
    part = photo[y : y + spec.height_px, x : x + spec.width_px]
    if _is_mostly_copied(spec):
        return part[:, ::-1] if background.mirrored else part
    return np.asarray(cv2.flip(part, 1), dtype=np.uint8) if background.mirrored else part.copy()


def _is_mostly_copied(spec: ImageSpec) -> bool:
    """Whether most pixels go from a photo to the file as they are."""
    return isinstance(spec.background, PhotoBackground) and is_untouched(spec.camera)


def is_grey(spec: ImageSpec, materials: Material) -> bool:
    """Whether the picture has no colour to begin with."""
    background = spec.background
    return isinstance(background, PhotoBackground) and materials.photo_record(background.photo).infrared
