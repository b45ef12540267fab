"""Two sets of measurements: told apart when they differ, and only then."""

import numpy as np
import pytest

from synth.inspection.separation import Measurements, pair_auc, separate
from synth.streams import stream

NAMES = ("a", "b", "c", "d")


def measured(rng, n, *, mean=0.0, spread=1.0, label="x", per_block=5):
    values = rng.normal(0.0, 1.0, (n, 4))
    values[:, 1] = values[:, 1] * spread + mean
    names = tuple(f"{label}{k}" for k in range(n))
    return Measurements(values, tuple(f"{label}{k // per_block}" for k in range(n)), names)


def test_pair_auc_counts_pairs_exactly():
    first, second = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0])
    assert pair_auc(first, second) == (1 + 0.5 + 0 + 3) / 6
    assert pair_auc(first, second) + pair_auc(second, first) == 1.0


def test_one_source_is_not_told_apart():
    inside, aucs = 0, []
    for trial in range(20):
        rng = stream(trial, 0, "one source")
        found = separate(measured(rng, 120, label="x"), measured(rng, 120, label="y"), NAMES, seed=trial)
        aucs.append(found.auc)
        inside += found.low <= 0.5 <= found.high
    assert inside >= 16
    assert abs(np.mean(aucs) - 0.5) < 0.03


def test_a_shift_is_found_and_named():
    rng = stream(1, 0, "shift")
    found = separate(measured(rng, 100, label="x"), measured(rng, 80, mean=6.0, label="y"), NAMES, seed=1)
    assert found.auc > 0.99
    assert found.low > 0.95
    name, alone = found.by_feature[0]
    assert name == "b"
    assert alone > 0.99
    assert found.counts == (100, 80)


def test_a_wider_spread_is_found_though_the_means_agree():
    rng = stream(2, 0, "spread")
    found = separate(measured(rng, 200, label="x"), measured(rng, 200, spread=6.0, label="y"), NAMES, seed=1)
    assert found.low > 0.75


def test_a_block_never_teaches_about_itself():
    """Both sets of a block share its own offset; a classifier that saw the block would use it."""
    rng = stream(3, 0, "blocks")
    blocks = tuple(f"p{k // 10}" for k in range(100))
    clusters = tuple(str(k) for k in range(100))
    label = np.repeat(rng.permutation(10), 10)[:, None] * 1.0
    first = Measurements(label + rng.normal(0, 0.1, (100, 4)), blocks, clusters)
    second = Measurements(label + rng.normal(0, 0.1, (100, 4)), blocks, clusters)
    found = separate(first, second, NAMES, seed=0)
    assert found.low <= 0.5 <= found.high


def test_same_input_same_answer_and_order_of_the_sets_mirrors():
    rng = stream(4, 0, "mirror")
    first, second = measured(rng, 60, label="x"), measured(rng, 60, mean=1.0, label="y")
    assert separate(first, second, NAMES, seed=9) == separate(first, second, NAMES, seed=9)
    a, b = (
        dict(separate(first, second, NAMES, seed=9).by_feature),
        dict(separate(second, first, NAMES, seed=9).by_feature),
    )
    assert all(a[name] == pytest.approx(1 - b[name]) for name in NAMES)


def test_too_little_to_hold_out_is_no_answer():
    rng = stream(5, 0, "few")
    assert separate(measured(rng, 7, label="x"), measured(rng, 50, label="y"), NAMES, seed=0) is None
    lone = Measurements(rng.normal(0, 1, (20, 4)), ("p",) * 20, ("i",) * 20)
    assert separate(lone, lone, NAMES, seed=0) is None


def test_measurements_are_checked():
    with pytest.raises(ValueError, match="finite"):
        Measurements(np.full((1, 1), np.nan), ("a",), ("b",))
    with pytest.raises(ValueError, match="blocks"):
        Measurements(np.zeros((2, 1)), ("a",), ("b", "c"))
