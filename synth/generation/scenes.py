"""Images that show one scene, and so must agree on the draw: with one refusal, all are drawn again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from synth.compositing.composite import Composed
from synth.errors import RejectedScene, RenderError, SynthError
from synth.generation.advice import advice_for
from synth.scene.spec import ImageSpec

Compose = Callable[[int, int], tuple[ImageSpec, Composed]]
"""Makes image `index` from draw `attempt`."""


@dataclass(slots=True, eq=False)
class Agreement:
    """What was found for the images of one scene.

    Attributes:
        scene: their indices.
        attempt: the first draw that none of them refuses; the last that was tried where there is none.
        rejections: why the earlier ones were refused.
        made: those of them that were not asked for yet.
        error: why there is no such draw.
    """

    scene: range
    attempt: int = 0
    rejections: list[str] = field(default_factory=list)
    made: dict[int, tuple[ImageSpec, Composed]] = field(default_factory=dict)
    error: SynthError | None = None

    def take(self, index: int, compose: Compose) -> tuple[ImageSpec, Composed]:
        """One of the images, made again if it was asked for before."""
        made = self.made.pop(index, None)
        return compose(index, self.attempt) if made is None else made


def agree(scene: range, compose: Compose, max_attempts: int) -> Agreement:
    """Finds the first draw that no image of a scene refuses.

    It is found in the same way whichever of the images is asked for, so that all show the same scene; and an error is
    remembered, so that it is not waited for once more for each of them.
    """
    found = Agreement(scene)
    for found.attempt in range(max_attempts):
        found.made.clear()
        try:
            for index in scene:
                found.made[index] = compose(index, found.attempt)
        except RejectedScene as rejected:
            found.rejections.append(rejected.reason)
            continue
        except RenderError as error:
            found.error = error
        return found
    found.error = SynthError(exhausted(found.rejections))
    return found


def exhausted(rejections: Sequence[str]) -> str:
    """The message of an image of which every draw was refused."""
    reason, times = Counter(rejections).most_common(1)[0]
    return f"{len(rejections)} draws were refused, {times} of them because: {reason}; {advice_for(reason)}"
