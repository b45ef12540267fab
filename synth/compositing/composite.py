"""`composite` and `compose_jpeg`: a spec and its material become a picture with labels.

Layers are painted in order; each says which pixels are its own now, and takes them from the tags below. Then the camera
acts on the whole. A picture that no camera effect touches, on a crop of a photo that lies on the grid of JPEG's
blocks, is written with a restart marker after every block; whether its file is then spliced from a photo that has been
encoded before or encoded as a whole makes no difference to its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.banks.procedural import draw_background
from synth.compositing.blends import HALF, join, mix
from synth.compositing.caches import derived_from
from synth.compositing.camera import is_untouched, photograph
from synth.compositing.canvas import Canvas
from synth.compositing.glyphs import faint_characters, levels_of, refuse_faint_writing, refuse_lost_writing
from synth.compositing.layers import Paste, paste_blob, paste_patch, paste_tag
from synth.compositing.material import Material
from synth.compositing.serials import paste_serial
from synth.compositing.splice import MCU, encode, encode_canvas, spliced
from synth.compositing.strokes import draw_stroke, stroke_region
from synth.compositing.truth import About, TagTruth, about_cutout, kept_annotations, refuse_covered_labels
from synth.compositing.warp import Placed
from synth.errors import AssetError, RejectedScene
from synth.geometry.boxes import Region
from synth.labels.sample import Annotation, Categories, Image, Sample
from synth.scene.spec import (
    Blend,
    BlobLayer,
    ImageSpec,
    Layer,
    PatchLayer,
    PhotoBackground,
    SerialLayer,
    StrokeLayer,
    TagLayer,
)


def composite(spec: ImageSpec, materials: Material) -> Sample:
    """Paints a spec.

    Args:
        spec: what is drawn.
        materials: the pixels that it names.

    Returns:
        The picture before it is encoded, its annotations, and the spec as provenance.

    Raises:
        RejectedScene: a tag is hidden, its writing is lost, a hand label is covered, or a homography is degenerate.
        AssetError: the background photo is smaller than the crop.
    """
    painting = _paint(spec, materials)
    picture = photograph(painting.canvas.whole(), spec.camera, grey=_is_grey(spec, materials))
    return Sample(picture, painting.annotations(), {"spec": spec.to_dict()})


def compose_jpeg(spec: ImageSpec, materials: Material) -> tuple[bytes, tuple[Annotation, ...]]:
    """Paints a spec as a JPEG file.

    Args:
        spec: what is drawn.
        materials: the pixels that it names.

    Returns:
        The file's bytes, which depend on the spec and the material alone, and the annotations.

    Raises:
        RejectedScene: as `composite`.
        AssetError: likewise.
    """
    painting = _paint(spec, materials)
    annotations = painting.annotations()
    background, quality = spec.background, spec.jpeg_quality
    if not (isinstance(background, PhotoBackground) and lies_on_grid(spec)):
        if is_untouched(spec.camera):
            return encode_canvas(painting.canvas, quality), annotations
        picture = photograph(painting.canvas.whole(), spec.camera, grey=_is_grey(spec, materials))
        return encode(picture, quality), annotations
    canvas, size = painting.canvas, (spec.width_px, spec.height_px)
    photo = derived_from(materials).encoded_photo(materials, background, quality, size[0] * size[1])
    if photo is None:
        return encode_canvas(canvas, quality, restarts=True), annotations
    x = photo.width_px - background.x - size[0] if background.mirrored else background.x
    return spliced(photo, x, background.y, size, painting.touched, canvas.part, quality), annotations


def lies_on_grid(spec: ImageSpec) -> bool:
    """Whether the file is written block by block: no effect on the whole, and a crop aligned with JPEG's blocks."""
    background = spec.background
    return (
        isinstance(background, PhotoBackground)
        and is_untouched(spec.camera)
        and all(v % MCU == 0 for v in (background.x, background.y, spec.width_px, spec.height_px))
    )


def _is_mostly_copied(spec: ImageSpec) -> bool:
    """Whether most pixels go from a photo to the file as they are."""
    return isinstance(spec.background, PhotoBackground) and is_untouched(spec.camera)


@dataclass(slots=True, eq=False)
class _Painting:
    """A canvas while it is painted.

    Attributes:
        spec: what is painted.
        materials: the pixels that it names.
        canvas: its pixels.
        kept: hand labels of the background.
        tags: labelled tags so far.
        touched: regions that layers were painted on.
    """

    spec: ImageSpec
    materials: Material
    canvas: Canvas
    kept: tuple[Annotation, ...] = ()
    tags: list[TagTruth] = field(default_factory=list)
    touched: list[Region] = field(default_factory=list)

    def paint(self, layer: Layer) -> None:
        """Paints one layer over the canvas."""
        width, height = self.spec.width_px, self.spec.height_px
        if isinstance(layer, StrokeLayer):
            self._strokes(layer)
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
        """The labels of the finished painting, pasted tags first."""
        catalogue = self.materials.catalogue
        categories = Categories(catalogue.categories, catalogue.characters)
        spec = self.spec
        made = (t.annotation(categories, spec.min_visibility, spec.width_px, spec.height_px) for t in self.tags)
        return (*made, *self.kept)

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
        hidden = 0
        for tag in self.tags:
            hidden += tag.hide(region[0], region[1], mask)
        return hidden > 0


def _region(placed: Placed) -> Region:
    height, width = placed.coverage.shape
    return (placed.x, placed.y, placed.x + width, placed.y + height)


def _paint(spec: ImageSpec, materials: Material) -> _Painting:
    """The canvas with all layers, and what is known about them."""
    background = spec.background
    if isinstance(background, PhotoBackground):
        below = _crop(spec, background, materials)
    else:
        below = draw_background(
            background.kind,
            background.seed,
            background.scale_px,
            background.octaves,
            background.colours,
            spec.width_px,
            spec.height_px,
        )
    painting = _Painting(spec, materials, Canvas(below, lazily=_is_mostly_copied(spec)))
    if isinstance(background, PhotoBackground) and spec.kept_annotations:
        record = materials.photo_record(background.photo)
        categories = Categories(materials.catalogue.categories)
        painting.kept = kept_annotations(record, background, categories, spec.width_px, spec.height_px)
    for layer in spec.layers:
        painting.paint(layer)
    return painting


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


def _is_grey(spec: ImageSpec, materials: Material) -> bool:
    """Whether the picture has no colour to begin with."""
    background = spec.background
    return isinstance(background, PhotoBackground) and materials.photo_record(background.photo).infrared
