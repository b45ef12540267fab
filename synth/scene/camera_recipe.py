"""What a recipe says about the camera: what it does to the whole finished picture, and how often."""

from __future__ import annotations

from synth.config import Section, Share, ShareRange
from synth.scene.ranges import (
    FactorRange,
    LengthRange,
    LevelRange,
    MotionRange,
    RadiusRange,
    ShrinkRange,
    StopsRange,
    StreakRange,
    TurnRange,
)


class Exposure(Section):
    """Exposure in stops, and a gamma bend."""

    share: Share = 0.5
    stops_range: StopsRange = (-0.4, 0.4)
    gamma_range: FactorRange = (0.9, 1.1)


class WhiteBalance(Section):
    """Gains of red and blue against green."""

    share: Share = 0.3
    gain_range: FactorRange = (0.94, 1.06)


class Vignette(Section):
    """Loss of light in the corners."""

    share: Share = 0.1
    strength_range: ShareRange = (0.05, 0.3)


class Defocus(Section):
    """Radius of the blur disc."""

    share: Share = 0.1
    radius_range_px: RadiusRange = (0.6, 1.6)


class Motion(Section):
    """Length of the motion blur; its direction is drawn from all."""

    share: Share = 0.1
    length_range_px: MotionRange = (2.0, 7.0)


class Noise(Section):
    """Sensor noise: standard deviations in grey levels, at mid-grey (shot) and everywhere (read)."""

    share: Share = 0.4
    shot_range: LevelRange = (0.5, 3.0)
    read_range: LevelRange = (0.3, 1.5)


class RainFall(Section):
    """Streaks of rain."""

    share: Share = 0.0
    count_range: StreakRange = (40, 200)
    length_range_px: LengthRange = (8.0, 28.0)
    angle_range_deg: TurnRange = (-20.0, 20.0)
    opacity_range: ShareRange = (0.1, 0.35)


class Infrared(Section):
    """Colour pictures turned grey, as a camera trap takes them at night."""

    share: Share = 0.0


class Downsample(Section):
    """The picture is made smaller by this factor and enlarged again."""

    share: Share = 0.1
    factor_range: ShrinkRange = (1.1, 1.8)


class Camera(Section):
    """What the camera does to the whole picture. Each effect has the share of images that it happens to.

    Attributes:
        untouched_share: of images that no effect touches at all: the photo's own light, grain and blocks.
    """

    untouched_share: Share = 0.3
    exposure: Exposure = Exposure()
    white_balance: WhiteBalance = WhiteBalance()
    vignette: Vignette = Vignette()
    defocus: Defocus = Defocus()
    motion: Motion = Motion()
    noise: Noise = Noise()
    rain: RainFall = RainFall()
    infrared: Infrared = Infrared()
    downsample: Downsample = Downsample()
