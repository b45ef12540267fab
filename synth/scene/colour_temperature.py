"""The colour of glowing bodies, as factors of linear light."""

from __future__ import annotations

import numpy as np

SRGB_OF_XYZ = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)


def blackbody(temperature_k: float) -> tuple[float, float, float]:
    """Linear sRGB of luminance 1 (Krystek 1985, "An algorithm to calculate correlated colour temperature")."""
    t = temperature_k
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t * t) / (1 + 8.42420235e-4 * t + 7.08145163e-7 * t * t)
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t * t) / (1 - 2.89741816e-5 * t + 1.61456053e-7 * t * t)
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    red, green, blue = (SRGB_OF_XYZ @ (x / y, 1.0, (1 - x - y) / y)).clip(0.0)
    return round(float(red), 4), round(float(green), 4), round(float(blue), 4)
