"""`composite` and `composed`: a spec and its material become a picture with labels.

Layers are painted in order (`synth.compositing.painting`), then the camera acts on the whole. A picture that no camera
effect touches, on a crop of a photo that lies on the grid of JPEG's blocks, is written with a restart marker after
every block; whether its file is then spliced from a photo that has been encoded before or encoded as a whole makes no
difference to its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from synth.compositing.caches import derived_from
from synth.compositing.camera import is_untouched, photograph
from synth.compositing.material import Material
from synth.compositing.painting import Painting, is_grey, paint
from synth.compositing.shot_truth import Geometry
from synth.compositing.splice import MCU, encode, encode_canvas, spliced
from synth.labels.sample import Annotation, Sample
from synth.scene.shot import Radiographs, Shots
from synth.scene.spec import ImageSpec, PhotoBackground


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A finished picture.

    Attributes:
        jpeg: the file's bytes, which depend on the spec and the material alone.
        annotations: its labels.
        geometry: of its rendered layer; None without one.
    """

    jpeg: bytes
    annotations: tuple[Annotation, ...]
    geometry: Geometry | None = None


def composite(
    spec: ImageSpec, materials: Material, shots: Shots | None = None, radiographs: Radiographs | None = None
) -> Sample:
    """Paints a spec.

    Args:
        spec: what is drawn.
        materials: the pixels that it names.
        shots: renders; a spec without a rendered layer needs none.
        radiographs: follows X-rays; likewise.

    Returns:
        The picture before it is encoded, its annotations, and the spec as provenance.

    Raises:
        RejectedScene: a tag or subject is hidden, its writing is lost, a hand label is covered, or a homography is
            degenerate.
        AssetError: the background photo is smaller than the crop.
        ConfigError: there is something to render and nothing that can.
        RenderError: the renderer failed.
    """
    painting = paint(spec, materials, shots, radiographs)
    picture = photograph(painting.canvas.whole(), spec.camera, grey=is_grey(spec, materials))
    return Sample(picture, painting.annotations(), {"spec": spec.to_dict()})


def composed(
    spec: ImageSpec, materials: Material, shots: Shots | None = None, radiographs: Radiographs | None = None
) -> Composed:
    """Paints a spec as a JPEG file; arguments and errors as of `composite`."""
    painting = paint(spec, materials, shots, radiographs)
    annotations = painting.annotations()
    return Composed(_file_of(painting), annotations, painting.geometry())


def _file_of(painting: Painting) -> bytes:
    """The bytes of the file."""
    spec, materials, canvas = painting.spec, painting.materials, painting.canvas
    background, quality = spec.background, spec.jpeg_quality
    if not (isinstance(background, PhotoBackground) and lies_on_grid(spec)):
        if is_untouched(spec.camera):
            return encode_canvas(canvas, quality)
        return encode(photograph(canvas.whole(), spec.camera, grey=is_grey(spec, materials)), quality)
    size = (spec.width_px, spec.height_px)
    photo = derived_from(materials).encoded_photo(materials, background, quality, size[0] * size[1])
    if photo is None:
        return encode_canvas(canvas, quality, restarts=True)
    x = photo.width_px - background.x - size[0] if background.mirrored else background.x
    return spliced(photo, x, background.y, size, painting.touched, canvas.part, quality)


def lies_on_grid(spec: ImageSpec) -> bool:
    """Whether the file is written block by block: no effect on the whole, and a crop aligned with JPEG's blocks."""
    background = spec.background
    return (
        isinstance(background, PhotoBackground)
        and is_untouched(spec.camera)
        and all(v % MCU == 0 for v in (background.x, background.y, spec.width_px, spec.height_px))
    )
