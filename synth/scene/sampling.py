"""From a recipe and a catalogue to the spec of image *index*: pure, exact, and the only place where a scene is decided.

One stream per purpose (plan, background, tags, negatives, occluders, camera, file), so that a change of one part of a
recipe leaves the others as they were. Rendered scenes are drawn by `synth.scene.stage_draws`.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from synth.banks.records import Catalogue
from synth.errors import ConfigError, RejectedScene
from synth.geometry.boxes import Box
from synth.scene.background_recipe import Backgrounds
from synth.scene.camera_draws import sample_camera
from synth.scene.candidates import Candidate, sample_scale
from synth.scene.crops import labels_in
from synth.scene.deck import Deck, Hand, weighted
from synth.scene.fitting import sample_fit, scale_at
from synth.scene.mix_draws import sample_development
from synth.scene.negatives import sample_negative
from synth.scene.occlusion import sample_decoy, sample_occluder
from synth.scene.placement import Site, as_matrix9, fits, sample_centre, sample_cut_centre, sample_posture
from synth.scene.recipe import Recipe
from synth.scene.render_recipe import Render
from synth.scene.spec import (
    Blend,
    BlendKind,
    CameraEffects,
    GlyphLimits,
    ImageSpec,
    Layer,
    PhotoBackground,
    PlainBackground,
    ProceduralBackground,
    RenderLayer,
)
from synth.scene.split_order import SplitOrder
from synth.scene.stage_draws import StageSampler
from synth.scene.stock import Stock
from synth.scene.xray_draws import sample_xray, sample_xray_background, xray_meshes
from synth.scene.xray_recipe import Xray
from synth.streams import sample_uniform, stream

TRIES = 30
Background = PhotoBackground | ProceduralBackground | PlainBackground


class SceneSampler:
    """Draws the scenes of one recipe over one catalogue.

    Raises:
        ConfigError: when made, if a split has nothing to draw from.
    """

    def __init__(self, recipe: Recipe, catalogue: Catalogue) -> None:
        self.recipe = recipe
        self.deck = Deck.of(recipe, catalogue)
        self._order = SplitOrder(recipe.seed, self.deck.splits)
        self._blends = weighted(recipe.blends.weights)
        self._counts = weighted(recipe.placement.count_weights)
        self._negatives = weighted(recipe.negatives.count_weights)
        self.stock = Stock(recipe, catalogue)
        self._most_tags = max(self._counts.items)
        self._stages: StageSampler | None = None
        if recipe.render is not None:
            self._stages = StageSampler(recipe, catalogue, self.stock.designs)
            self._most_tags = recipe.render.most_subjects
        self._xray_meshes = () if recipe.xray is None else xray_meshes(recipe.xray, catalogue)
        self._require_serials()

    @property
    def images_per_scene(self) -> int:
        """How many consecutive images show the same scene."""
        if self.recipe.render is not None:
            return self.recipe.render.images_per_render
        return len(self._blends.items) if self.recipe.blends.same_scene else 1

    def scene_of(self, index: int) -> range:
        """The indices that show the same scene, this one among them: more than one with `blends.same_scene` or
        `render.images_per_render`.
        """
        count = self.images_per_scene
        first = index - index % count
        return range(first, first + count)

    def split_of(self, scene: int) -> str:
        """The split of a scene, decided by its number alone."""
        return self._order.split_of(scene)

    def _require_serials(self) -> None:
        """ConfigError if a split may need more serials than are dealt to it, or they fit on no body."""
        scenes = self._order.most(-(-self.recipe.count // self.images_per_scene)) if self.stock.designs else {}
        for design in self.stock.designs:
            design.require_possible()
            for split, count in scenes.items():
                needed, legal = count * self._most_tags, design.dealer.capacity(split)
                if design.design.text.unique and needed > legal:
                    raise ConfigError(
                        f"design {design.design.name!r}: {count} images of split {split!r} with up to "
                        f"{self._most_tags} tags may need {needed} serials, and {legal} are dealt to it; allow more, "
                        "make fewer images, or set text.unique: false"
                    )

    def sample(self, index: int, attempt: int = 0) -> ImageSpec:
        """The spec of one image.

        Args:
            index: position in the dataset.
            attempt: how many draws of it were rejected.

        Raises:
            RejectedScene: this draw cannot be realised; ask for the next attempt.
        """
        recipe = self.recipe
        if self._stages is not None and recipe.render is not None:
            return self._sample_rendered(self._stages, recipe.render, index, attempt)
        if recipe.xray is not None:
            return self._sample_xray(recipe.xray, index, attempt)
        kinds = self._blends.items
        scene, blend_number = divmod(index, len(kinds)) if recipe.blends.same_scene else (index, None)
        split = self.split_of(scene)
        hand = self.deck.hands[split]

        rng = stream(recipe.seed, scene, "background", attempt)
        background, site, kept = self._sample_background(rng, hand)
        rng = stream(recipe.seed, scene, "plan")
        drawn_kind, tag_count = self._blends.sample_one(rng), self._counts.sample_one(rng)
        negative_count = self._negatives.sample_one(rng)
        blend = _sample_blend(rng, recipe, drawn_kind if blend_number is None else kinds[blend_number])
        rng = stream(recipe.seed, scene, "tags", attempt)
        number = self._order.ordinal(scene) * self._most_tags if self.stock.designs else 0
        tags, boxes = self._sample_tags(rng, tag_count, hand, split, number, site, blend, kept)
        negatives: list[Layer] = []
        if negative_count:
            rng = stream(recipe.seed, scene, "negatives", attempt)
            negatives = self._sample_negatives(rng, negative_count, hand, split, site, blend, [*kept, *boxes])
        occluders: list[Layer] = []
        if recipe.occluders.share or recipe.occluders.decoy_share:
            rng = stream(recipe.seed, scene, "occluders", attempt)
            occluders = self._sample_occluders(rng, site, boxes, kept)
        return self._image(
            index,
            attempt,
            split,
            scene,
            background,
            (*negatives, *tags, *occluders),
            kept=recipe.backgrounds.hand_labels == "keep" and isinstance(background, PhotoBackground),
            is_infrared=site.is_infrared,
        )

    def _sample_rendered(self, stages: StageSampler, render: Render, index: int, attempt: int) -> ImageSpec:
        """A rendered image: the scene decides the stage, the index all else."""
        scene, seed = index // render.images_per_render, self.recipe.seed
        split = self.split_of(scene)
        number = self._order.ordinal(scene) * self._most_tags if self.stock.designs else 0
        stage, key_range = stages.sample(scene, split, number, attempt)
        background: Background = PlainBackground()
        site: Site | None = None
        if render.output == "layer":
            rng = stream(seed, index, "background", attempt)
            background, site, _ = self._sample_background(rng, self.deck.hands[split])
        rng = stream(seed, index, "development", attempt)
        layer = RenderLayer(stage, **sample_development(rng, render, key_range, stage, site))
        infrared = site is not None and site.is_infrared
        return self._image(index, attempt, split, index, background, (layer,), kept=False, is_infrared=infrared)

    def _sample_xray(self, xray: Xray, index: int, attempt: int) -> ImageSpec:
        """An X-ray picture, over a photo where there are some."""
        split, recipe = self.split_of(index), self.recipe
        hand = self.deck.hands[split]
        background: Background = sample_xray_background(stream(recipe.seed, index, "beam", attempt))
        if on_photo := bool(hand.photos):
            background, _, _ = self._sample_background(stream(recipe.seed, index, "background", attempt), hand)
        rng = stream(recipe.seed, index, "xray", attempt)
        size = recipe.canvas.width_px, recipe.canvas.height_px
        layer = sample_xray(rng, xray, self._xray_meshes, *size, on_photo=on_photo)
        return self._image(index, attempt, split, index, background, (layer,), kept=False, is_infrared=True)

    def _image(
        self, index: int, attempt: int, split: str, streams: int, background: Background, layers: tuple[Layer, ...], *,
        kept: bool, is_infrared: bool,
    ) -> ImageSpec:  # fmt: skip
        """The spec of an image whose layers are drawn; `streams` addresses camera effects and quality."""
        recipe = self.recipe
        camera = CameraEffects()
        if recipe.camera.untouched_share < 1:
            camera = sample_camera(stream(recipe.seed, streams, "camera", attempt), recipe.camera, recipe.canvas)
            if is_infrared:
                camera = msgspec.structs.replace(camera, white_balance=(1.0, 1.0, 1.0))
        low, high = recipe.output.jpeg_quality_range
        quality = low if low == high else int(stream(recipe.seed, streams, "file", attempt).integers(low, high + 1))
        return ImageSpec(
            index=index,
            attempt=attempt,
            seed=recipe.seed,
            split=split,
            file_name=f"{recipe.name}_{index:06d}.jpg",
            width_px=recipe.canvas.width_px,
            height_px=recipe.canvas.height_px,
            background=background,
            kept_annotations=kept,
            layers=layers,
            min_visibility=recipe.placement.min_visibility,
            glyph_limits=GlyphLimits(
                recipe.refusal.min_contrast, recipe.refusal.max_clipped, recipe.refusal.min_levels
            ),
            camera=camera,
            jpeg_quality=quality,
        )

    def _sample_background(
        self, rng: np.random.Generator, hand: Hand
    ) -> tuple[PhotoBackground | ProceduralBackground, Site, list[Box]]:
        backgrounds, canvas = self.recipe.backgrounds, self.recipe.canvas
        drawn = rng.random() < backgrounds.procedural_share
        if drawn or not hand.photos:
            return _sample_procedural(rng, backgrounds), Site(canvas.width_px, canvas.height_px), []
        photo = hand.photos[int(rng.integers(len(hand.photos)))]
        x, y = self.deck.crops.sample_one(rng, photo)
        mirrored = rng.random() < backgrounds.mirrored_share and backgrounds.hand_labels == "avoid"
        crop = PhotoBackground(photo.id, x, y, mirrored)
        site = Site(canvas.width_px, canvas.height_px, photo, crop, backgrounds.area)
        return crop, site, labels_in(photo, x, y, canvas.width_px, canvas.height_px)

    def _sample_tags(
        self, rng: np.random.Generator, count: int, hand: Hand, split: str, number: int, site: Site, blend: Blend,
        kept: list[Box],
    ) -> tuple[list[Layer], list[Box]]:  # fmt: skip
        layers: list[Layer] = []
        boxes: list[Box] = []
        for slot in range(count):
            candidate = self.stock.sample(rng, hand, split, site, number + slot)
            layer, box = _sample_tag(rng, self.recipe, candidate, site, blend, [*kept, *boxes])
            layers.append(layer)
            boxes.append(box)
        return layers, boxes

    def _sample_negatives(
        self, rng: np.random.Generator, count: int, hand: Hand, split: str, site: Site, blend: Blend, taken: list[Box]
    ) -> list[Layer]:
        layers: list[Layer] = []
        occupied = list(taken)
        for _ in range(count):
            found = sample_negative(rng, self.stock, hand, split, site, blend, occupied)
            if found is not None:
                layers.append(found[0])
                occupied.append(found[1])
        return layers

    def _sample_occluders(self, rng: np.random.Generator, site: Site, tags: list[Box], kept: list[Box]) -> list[Layer]:
        occluders = self.recipe.occluders
        layers: list[Layer] = []
        for box in tags:
            hidden = rng.random() < occluders.share
            layer = sample_occluder(rng, occluders, site, box) if hidden else None
            if layer is not None and not kept:
                layers.append(layer)
        if rng.random() < occluders.decoy_share and not kept:
            decoy = sample_decoy(rng, occluders, site, tags)
            if decoy is not None:
                layers.append(decoy)
        return layers


def sample_image(recipe: Recipe, catalogue: Catalogue, index: int, attempt: int = 0) -> ImageSpec:
    """The spec of one image; `SceneSampler` does the same for many without laying out the catalogue each time.

    Raises:
        ConfigError: a split has nothing to draw from.
        RejectedScene: this draw cannot be realised; ask for the next attempt.
    """
    return SceneSampler(recipe, catalogue).sample(index, attempt)


def _sample_procedural(rng: np.random.Generator, backgrounds: Backgrounds) -> ProceduralBackground:
    kinds = backgrounds.procedural_kinds
    kind = weighted(kinds).sample_one(rng)
    base = sample_uniform(rng, (30, 200))
    colours = tuple(
        tuple(int(np.clip(base + rng.normal(0, 45) + rng.normal(0, 15), 0, 255)) for _ in range(3))
        for _ in range(int(rng.integers(2, 5)))
    )
    return ProceduralBackground(
        kind=kind,
        seed=int(rng.integers(1 << 32)),
        scale_px=round(float(math.exp(sample_uniform(rng, (math.log(24), math.log(320))))), 2),
        octaves=int(rng.integers(3, 7)),
        colours=colours,  # type: ignore[arg-type]
    )


def _sample_blend(rng: np.random.Generator, recipe: Recipe, kind: BlendKind) -> Blend:
    feather = sample_uniform(rng, recipe.blends.feather_range_px)
    gaussian = sample_uniform(rng, recipe.blends.gaussian_range_px)
    width = {"feather": feather, "gaussian": gaussian}.get(kind, 0.0)
    return Blend(kind, round(float(width), 3))


def _sample_context(rng: np.random.Generator, recipe: Recipe, blend: Blend) -> float:
    drawn = sample_uniform(rng, recipe.blends.context_range_px)
    return float(drawn) if blend.kind.startswith("seamless") else 0.0


def _sample_tag(
    rng: np.random.Generator, recipe: Recipe, candidate: Candidate, site: Site, blend: Blend, taken: list[Box]
) -> tuple[Layer, Box]:
    placement = recipe.placement
    model = candidate.cut_from
    cut = rng.random() < placement.truncation.share
    for _ in range(TRIES):
        posture = sample_posture(rng, placement, candidate.extent, sample_scale(rng, candidate))
        if cut:
            centre = sample_cut_centre(rng, site, posture, placement.truncation.visible_range)
        else:
            centre = sample_centre(rng, placement.where, site, posture, model)
        if centre is None:
            continue
        matrix, box = posture.at(*centre)
        if fits(box, taken, placement.max_overlap):
            scale = scale_at(as_matrix9(matrix), *centre)
            fit = sample_fit(rng, recipe.fit, site, candidate.source(scale), scale, centre)
            context = round(_sample_context(rng, recipe, blend) * scale, 2)
            return candidate.layer(matrix, blend, fit, grey=site.is_infrared, context_px=context), box
    raise RejectedScene("no room for a tag")
