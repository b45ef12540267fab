"""Opens the renderer when the first shot is asked for: a run without rendered layers starts no Blender."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from synth.banks.materials import Materials
from synth.compositing.caches import derived_from
from synth.labels.sample import Categories
from synth.scene.shot import Radiograph, Shot
from synth.scene.spec import RenderLayer, XrayLayer

if TYPE_CHECKING:
    from synth.rendering.radiographs import Radiographer
    from synth.rendering.renderer import Renderer
    from synth.scene.recipe import Recipe


def require_renderer(recipe: Recipe) -> None:
    """AssetError if the recipe has something to render and Blender is not installed."""
    if recipe.render is not None:
        from synth.rendering.studio import require_blender

        require_blender()


class LazyShots:
    """A `Shots` with a Blender process of its own, which ends with it or with this process."""

    def __init__(self, materials: Materials, *, threads: int = 1) -> None:
        """Starts nothing yet.

        Args:
            materials: of the dataset.
            threads: that Blender computes on; no byte depends on it.
        """
        self._materials = materials
        self._threads = threads
        self._renderer: Renderer | None = None
        self._radiographer: Radiographer | None = None

    def __call__(self, layer: RenderLayer, width: int, height: int, min_visibility: float) -> Shot:
        """The shot of a layer; errors as of `Renderer`."""
        if self._renderer is None:
            self._renderer = self._opened()
        return self._renderer(layer, width, height, min_visibility)

    def radiograph(self, layer: XrayLayer, width: int, height: int, min_visibility: float) -> Radiograph:
        """The radiograph of a layer, for which no Blender is needed; errors as of `Radiographer`."""
        if self._radiographer is None:
            from synth.rendering.radiographs import Radiographer

            catalogue = self._materials.catalogue
            self._radiographer = Radiographer(self._materials, Categories(catalogue.categories, catalogue.characters))
        return self._radiographer(layer, width, height, min_visibility)

    @property
    def cpu_s(self) -> float:
        """CPU seconds that Blender has taken."""
        return 0.0 if self._renderer is None else self._renderer.studio.cpu_s

    def __enter__(self) -> LazyShots:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends Blender's process, if there is one."""
        if self._renderer is not None:
            self._renderer.studio.close()
            self._renderer = None

    def _opened(self) -> Renderer:
        from synth.rendering.renderer import Renderer
        from synth.rendering.studio import Studio

        catalogue, materials = self._materials.catalogue, self._materials
        categories = Categories(catalogue.categories, catalogue.characters)
        faces = derived_from(materials).faces(materials)
        return Renderer(catalogue, materials, categories, faces, Studio(threads=self._threads))
