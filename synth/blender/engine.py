"""Settings of a rendering: everything that a picture may depend on is set, whatever a file or an earlier shot left."""

from __future__ import annotations

from typing import Any

import bpy

from synth.blender.devices import use_gpu
from synth.blender.threads import thread_count
from synth.scene.take import Shoot

LARGEST_TEXTURE = "8192"
OVER_PIXELS, AT_MIDDLES = ("BLACKMAN_HARRIS", 1.1), ("BOX", 0.01)
"""Where samples of a pixel lie: kind of filter, and its width; the first spreads as far as the area of a pixel does."""
REST = "rest"
"""Light group of a .blend file's own light, which no mix changes."""


def group_name(group: int) -> str:
    """Name of a light group of a stage."""
    return f"group{group}"


def configure(scene: Any, layer: Any, shoot: Shoot, groups: tuple[str, ...]) -> None:
    """Sets engine, film, passes and light groups of a shot."""
    engine = shoot.stage.engine
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = shoot.width, shoot.height, 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.film_transparent = shoot.stage.film_transparent
    render.threads_mode, render.threads = "FIXED", thread_count()
    for switch in ("compositing", "sequencer", "motion_blur", "freestyle", "multiview"):
        setattr(render, f"use_{switch}", False)
    render.use_simplify = True
    render.simplify_subdivision_render, render.dither_intensity = 6, 0.0
    scene.view_settings.view_transform = "Raw"
    _passes(scene, layer, shoot)
    if engine.kind == "eevee":
        render.engine, render.use_persistent_data = "BLENDER_EEVEE", False
        scene.eevee.taa_render_samples = engine.samples
        return
    render.engine, render.use_persistent_data = "CYCLES", True
    _cycles(scene.cycles, shoot)
    for name in groups:
        layer.lightgroups.add(name=name)


def let_go(scene: Any) -> None:
    """Forgets what Cycles kept of the scene from one rendering to the next."""
    scene.render.use_persistent_data = True
    scene.render.use_persistent_data = False


def _passes(scene: Any, layer: Any, shoot: Shoot) -> None:
    layer.use = True
    for other in scene.view_layers:
        other.use = other == layer
    for name in dir(layer):
        if name.startswith("use_pass_"):
            setattr(layer, name, name == "use_pass_combined")
    layer.use_pass_object_index = layer.use_pass_z = shoot.passes
    layer.material_override, layer.samples = None, 0
    layer.cycles.denoising_store_passes = shoot.stage.engine.denoise
    layer.cycles.use_pass_shadow_catcher = catches(shoot)


def catches(shoot: Shoot) -> bool:
    """Whether shadows are caught."""
    stage = shoot.stage
    cycles = stage.engine.kind == "cycles" and stage.film_transparent
    return cycles and any(thing.catches_shadow for thing in stage.things)


def _cycles(cycles: Any, shoot: Shoot) -> None:
    engine = shoot.stage.engine
    cycles.device = "GPU" if engine.device == "gpu" else "CPU"
    if engine.device == "gpu":
        use_gpu(bpy.context.preferences.addons["cycles"].preferences)
    cycles.samples, cycles.sample_offset, cycles.time_limit = engine.samples, 0, 0.0
    cycles.use_sample_subset = False
    cycles.use_adaptive_sampling = engine.noise > 0
    cycles.adaptive_threshold, cycles.adaptive_min_samples = engine.noise, 0
    cycles.use_denoising = False  # the mix of the light groups is denoised, not each of them
    cycles.max_bounces = cycles.transmission_bounces = engine.bounces
    cycles.diffuse_bounces = cycles.glossy_bounces = min(engine.bounces, 2)
    cycles.volume_bounces, cycles.transparent_max_bounces = 0, 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.sample_clamp_direct = cycles.sample_clamp_indirect = 0.0  # a clamp would break the sum of the light groups
    cycles.use_light_tree, cycles.use_fast_gi, cycles.use_guiding = True, False, False
    cycles.light_sampling_threshold = 0.01
    cycles.sampling_pattern, cycles.use_animated_seed = "TABULATED_SOBOL", False
    cycles.pixel_filter_type, cycles.filter_width = AT_MIDDLES if shoot.passes else OVER_PIXELS
    cycles.film_exposure, cycles.film_transparent_glass = 1.0, False
    cycles.use_auto_tile, cycles.texture_limit_render = False, LARGEST_TEXTURE
    cycles.use_camera_cull = cycles.use_distance_cull = False
    cycles.shading_system = False
