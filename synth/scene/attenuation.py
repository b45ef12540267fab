"""How strongly substances attenuate X-rays: linear coefficients by energy.

Mass attenuation coefficients with coherent scattering: J. H. Hubbell and S. M. Seltzer, "Tables of X-Ray Mass
Attenuation Coefficients", NISTIR 5632, NIST (physics.nist.gov/xaamdi), which has no 120 keV: those are from W. T. Elam,
B. D. Ravel and J. R. Sieber, Radiat. Phys. Chem. 63 (2002) 121, as the package xraydb has them. Interpolated log-log in
energy, they are within 2.1 % of Elam's from 30 to 150 keV. Compounds follow the mixture rule. Densities are those of
the ICRU-44 tissues, of wrought alloys (ISO 5832), and of silicone gel.
"""

from __future__ import annotations

import numpy as np

from synth.scene.spec import Substance

_KEV = (20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 120.0, 150.0)
# cm2/g at each of those energies
_MASS: dict[str, tuple[float, ...]] = {
    "H": (0.3695, 0.3570, 0.3458, 0.3355, 0.3260, 0.3091, 0.2944, 0.2816, 0.2651),
    "C": (0.4420, 0.2562, 0.2076, 0.1871, 0.1753, 0.1610, 0.1514, 0.1438, 0.1347),
    "O": (0.8651, 0.3779, 0.2585, 0.2132, 0.1907, 0.1678, 0.1551, 0.1462, 0.1361),
    "Si": (4.464, 1.436, 0.7012, 0.4385, 0.3207, 0.2228, 0.1835, 0.1629, 0.1448),
    "Ti": (15.85, 4.972, 2.214, 1.213, 0.7661, 0.4052, 0.2721, 0.2102, 0.1649),
    "Cr": (20.38, 6.434, 2.856, 1.550, 0.9639, 0.4905, 0.3166, 0.2365, 0.1788),
    "Fe": (25.68, 8.176, 3.629, 1.958, 1.205, 0.5952, 0.3717, 0.2693, 0.1964),
    "Co": (28.03, 8.962, 3.981, 2.144, 1.314, 0.6414, 0.3949, 0.2822, 0.2023),
    "Ni": (32.20, 10.34, 4.600, 2.474, 1.512, 0.7306, 0.4440, 0.3131, 0.2208),
    "Mo": (79.55, 28.10, 12.94, 7.037, 4.274, 1.962, 1.096, 0.6979, 0.4208),
    "cortical bone": (4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.1656, 0.1480),
    "soft tissue": (0.8234, 0.3790, 0.2688, 0.2264, 0.2048, 0.1823, 0.1693, 0.1599, 0.1492),
    "adipose tissue": (0.5677, 0.3063, 0.2396, 0.2123, 0.1974, 0.1800, 0.1688, 0.1602, 0.1500),
    "PMMA": (0.5714, 0.3032, 0.2350, 0.2074, 0.1924, 0.1751, 0.1641, 0.1557, 0.1456),
    "air": (0.7779, 0.3538, 0.2485, 0.2080, 0.1875, 0.1662, 0.1541, 0.1455, 0.1356),
}
_MADE_OF: dict[Substance, tuple[float, dict[str, float]]] = {  # g/cm3, shares by weight
    "titanium": (4.506, {"Ti": 1.0}),
    "steel": (7.95, {"Fe": 0.675, "Cr": 0.175, "Ni": 0.125, "Mo": 0.025}),
    "cobalt_chrome": (8.3, {"Co": 0.66, "Cr": 0.28, "Mo": 0.06}),
    "cortex": (1.92, {"cortical bone": 1.0}),
    "marrow": (1.0, {"adipose tissue": 0.6, "soft tissue": 0.4}),
    "tissue": (1.06, {"soft tissue": 1.0}),
    "fat": (0.95, {"adipose tissue": 1.0}),
    "silicone": (0.97, {"H": 0.0816, "C": 0.3239, "O": 0.2157, "Si": 0.3788}),
    "plastic": (1.19, {"PMMA": 1.0}),
    "air": (0.001205, {"air": 1.0}),
}


def attenuation(substance: Substance, energy_kev: float) -> float:
    """The linear attenuation coefficient of a substance, 1/m; beyond 20 to 150 keV as at that end."""
    density, parts = _MADE_OF[substance]
    return 100.0 * density * sum(share * _mass_attenuation(name, energy_kev) for name, share in parts.items())


def _mass_attenuation(name: str, energy_kev: float) -> float:
    return float(np.exp(np.interp(np.log(energy_kev), np.log(_KEV), np.log(_MASS[name]))))
