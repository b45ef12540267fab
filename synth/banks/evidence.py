"""How much each pixel's colour speaks for the tag rather than for what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SAMPLES = 4000
_ROUNDS = 12
_LEAST_VARIANCE = 9.0
_ANY_COLOUR = 1e-7
"""Density of colours that neither side has shown: where both are this low, nothing is known."""


@dataclass(frozen=True)
class ColourMixture:
    """A mixture of axis-aligned Gaussians in Lab.

    Attributes:
        weights: (k,) shares.
        means: (k, 3).
        variances: (k, 3).
    """

    weights: Floats
    means: Floats
    variances: Floats

    def density(self, colours: Floats) -> Floats:
        """(n,) densities of (n, 3) colours."""
        total = np.full(len(colours), _ANY_COLOUR)
        for weight, mean, variance in zip(self.weights, self.means, self.variances, strict=True):
            norm = weight / np.sqrt((2 * np.pi) ** 3 * variance.prod())
            total += norm * np.exp(-0.5 * ((colours - mean) ** 2) @ (1.0 / variance))
        return total


def nearest_means(colours: Floats, count: int) -> NDArray[np.int64]:
    """(n,) cluster numbers by k-means that starts from quantiles of the first channel: no chance is involved."""
    order = np.argsort(colours[:, 0], kind="stable")
    means = colours[order[((np.arange(count) + 0.5) / count * len(colours)).astype(np.int64)]].copy()
    nearest = np.zeros(len(colours), np.int64)
    for _ in range(_ROUNDS):
        distances = np.stack([((colours - mean) ** 2) @ np.ones(3) for mean in means], axis=1)
        nearest = np.asarray(distances.argmin(axis=1), np.int64)
        members = [colours[nearest == i] for i in range(count)]
        moved = np.array([m.mean(axis=0) if len(m) else mean for m, mean in zip(members, means, strict=True)])
        if np.array_equal(moved, means):
            break
        means = moved
    return nearest


def fit_mixture(colours: Floats, count: int) -> ColourMixture:
    """The mixture of `count` Gaussians round the clusters of (n, 3) Lab colours."""
    colours = colours[:: len(colours) // _SAMPLES + 1]
    nearest = nearest_means(colours, count)
    groups = [colours[nearest == i] for i in range(count) if np.count_nonzero(nearest == i) >= 3] or [colours]
    return ColourMixture(
        weights=np.array([len(g) / len(colours) for g in groups]),
        means=np.array([g.mean(axis=0) for g in groups]),
        variances=np.array([np.maximum(g.var(axis=0), _LEAST_VARIANCE) for g in groups]),
    )


def tag_evidence(lab: Floats, inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> Floats:
    """Evidence in [-1, 1] per pixel: 1 = surely the tag's colour, -1 = surely not, 0 = undecided.

    Args:
        lab: (h, w, 3) picture.
        inside: (h, w) pixels taken for the tag.
        outside: (h, w) pixels taken for its surroundings.
    """
    colours = lab.reshape(-1, 3)
    tag = fit_mixture(lab[inside], 3).density(colours)
    rest = fit_mixture(lab[outside], 5).density(colours)
    return np.asarray(np.tanh(0.5 * np.log(tag / rest)).reshape(lab.shape[:2]))
