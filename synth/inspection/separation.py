"""How well a small classifier tells two sets of measurements apart (a classifier two-sample test).

The number is the area under the ROC curve: 0.5 = the sets can't be told apart, 1 = every pair can. It is measured on
measurements that the classifier did not see: folds are dealt by `block` (a photograph), so that nothing is told apart
by where it was taken. Only pairs within one fold are compared, because scores of two fits have no common zero.
Method: Lopez-Paz and Oquab, "Revisiting Classifier Two-Sample Tests" (2017), with ridge logistic regression on every
feature and its distance from the mean (a spread may differ where a mean does not).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synth.streams import stream

Array = NDArray[np.float64]
FOLDS = 5
RESAMPLES = 400
RIDGE_PER_SAMPLE = 0.01
MIN_COUNT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """One set.

    Attributes:
        values: (n, features) float64, finite.
        blocks: n names of what must not be in two folds, e.g. the background photo.
        clusters: n names of what is drawn as one when the interval is made, e.g. the image.
    """

    values: Array
    blocks: tuple[str, ...]
    clusters: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not len(self.values) == len(self.blocks) == len(self.clusters):
            raise ValueError(
                f"values must be (n, features) with n blocks and n clusters, got {self.values.shape}, "
                f"{len(self.blocks)} and {len(self.clusters)}"
            )
        if not np.isfinite(self.values).all():
            raise ValueError("values must be finite")


@dataclass(frozen=True, slots=True)
class Separation:
    """How far two sets can be told apart.

    Attributes:
        auc: of held-out pairs.
        low, high: its 95 % interval, clusters resampled.
        counts: measurements in the first and in the second set.
        by_feature: (name, AUC of that feature alone; above 0.5 where the second set's values are larger), the one that
            separates most first. These are not held out.
    """

    auc: float
    low: float
    high: float
    counts: tuple[int, int]
    by_feature: tuple[tuple[str, float], ...]


def pair_auc(first: Array, second: Array) -> float:
    """Share of pairs in which the second set's value is larger; ties count half."""
    return float(_wins(first, second).mean())


def separate(first: Measurements, second: Measurements, names: Sequence[str], *, seed: int) -> Separation | None:
    """Tells two sets apart.

    Args:
        first: e.g. untouched patches.
        second: e.g. pasted patches.
        names: one per feature.
        seed: of the folds' deal and of the resampling.

    Returns:
        None if a set has fewer than 8 measurements, or fewer than two blocks and clusters to hold out.
    """
    if min(len(first.values), len(second.values)) < MIN_COUNT:
        return None
    folds = _deal(first.blocks, second.blocks, seed)
    if folds is None:
        folds = _deal(first.clusters, second.clusters, seed)
    if folds is None:
        return None
    scores = _held_out_scores(first.values, second.values, *folds)
    auc, low, high = _interval(scores, folds, (first.clusters, second.clusters), seed)
    alone = [(name, pair_auc(first.values[:, k], second.values[:, k])) for k, name in enumerate(names)]
    alone.sort(key=lambda pair: -abs(pair[1] - 0.5))
    return Separation(auc, low, high, (len(first.values), len(second.values)), tuple(alone))


def _wins(first: Array, second: Array) -> Array:
    """(n, m): 1 where the second's value is larger, one half for a tie."""
    return np.asarray((second > first[:, None]) + 0.5 * (second == first[:, None]), dtype=np.float64)


Folds = tuple[NDArray[np.int64], NDArray[np.int64]]


def _deal(first: Sequence[str], second: Sequence[str], seed: int) -> Folds | None:
    """Deals the names to folds of about equal size in both sets, the largest first."""
    counts = Counter(first), Counter(second)
    fold_count = min(FOLDS, len(counts[0]), len(counts[1]))
    if fold_count < 2:
        return None
    names = sorted(counts[0] | counts[1])
    order = stream(seed, 0, "folds").permutation(len(names))
    shuffled = sorted((names[k] for k in order), key=lambda name: -counts[0][name] - counts[1][name])
    load = np.zeros((fold_count, 2))
    fold_of: dict[str, int] = {}
    for name in shuffled:
        share = np.array([counts[0][name] / len(first), counts[1][name] / len(second)])
        fold = int(np.argmin(((load + share) ** 2).sum(axis=1) - (load**2).sum(axis=1)))
        load[fold] += share
        fold_of[name] = fold
    return np.array([fold_of[n] for n in first]), np.array([fold_of[n] for n in second])


def _held_out_scores(a: Array, b: Array, folds_a: NDArray[np.int64], folds_b: NDArray[np.int64]) -> tuple[Array, Array]:
    scores_a, scores_b = np.zeros(len(a)), np.zeros(len(b))
    for fold in range(int(max(folds_a.max(), folds_b.max())) + 1):
        inside_a, inside_b = folds_a == fold, folds_b == fold
        if inside_a.all() or inside_b.all():
            continue
        model = _Logistic.fitted(a[~inside_a], b[~inside_b])
        scores_a[inside_a], scores_b[inside_b] = model.scores(a[inside_a]), model.scores(b[inside_b])
    return scores_a, scores_b


@dataclass(frozen=True, slots=True, eq=False)
class _Logistic:
    """Ridge logistic regression, classes weighted alike, by Newton's method."""

    mean: Array
    spread: Array
    weights: Array

    @classmethod
    def fitted(cls, a: Array, b: Array) -> _Logistic:
        both = np.concatenate([a, b])
        model = cls(both.mean(axis=0), both.std(axis=0) + 1e-9, np.zeros(2 * a.shape[1] + 1))
        x = model._design(both)
        y = np.concatenate([np.zeros(len(a)), np.ones(len(b))])
        share = np.where(y > 0, 0.5 / len(b), 0.5 / len(a))
        ridge = np.full(x.shape[1], RIDGE_PER_SAMPLE)
        ridge[-1] = 1e-6
        weights = model.weights
        for _ in range(15):
            p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
            slope = x.T @ (share * (p - y)) + ridge * weights
            curvature = (x * (share * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
            step = np.linalg.solve(curvature, slope)
            weights = weights - step * min(1.0, 2.0 / (np.abs(step).max() + 1e-12))
        return cls(model.mean, model.spread, weights)

    def scores(self, values: Array) -> Array:
        return self._design(values) @ self.weights

    def _design(self, values: Array) -> Array:
        z = np.clip((values - self.mean) / self.spread, -4.0, 4.0)
        return np.concatenate([z, np.abs(z), np.ones((len(z), 1))], axis=1)


def _interval(
    scores: tuple[Array, Array], folds: Folds, clusters: tuple[Sequence[str], Sequence[str]], seed: int
) -> tuple[float, float, float]:
    """The AUC over pairs within a fold, and the 2.5 % and 97.5 % quantiles when clusters are drawn with replacement."""
    names = sorted({*clusters[0], *clusters[1]})
    position = {name: k for k, name in enumerate(names)}
    member = tuple(np.array([position[name] for name in part]) for part in clusters)
    draws = stream(seed, 0, "bootstrap").multinomial(len(names), np.full(len(names), 1 / len(names)), size=RESAMPLES)
    weights = np.concatenate([np.ones((1, len(names))), draws.astype(np.float64)])
    won, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for fold in range(int(max(folds[0].max(), folds[1].max())) + 1):
        inside = folds[0] == fold, folds[1] == fold
        w0, w1 = weights[:, member[0][inside[0]]], weights[:, member[1][inside[1]]]
        won += ((w0 @ _wins(scores[0][inside[0]], scores[1][inside[1]])) * w1).sum(axis=1)
        pairs += w0.sum(axis=1) * w1.sum(axis=1)
    aucs = won / np.maximum(pairs, 1e-9)
    low, high = np.quantile(aucs[1:][pairs[1:] > 0], [0.025, 0.975])
    return float(aucs[0]), float(min(low, aucs[0])), float(max(high, aucs[0]))
