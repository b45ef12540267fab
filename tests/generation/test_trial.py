from __future__ import annotations

import pytest

from synth.errors import AssetError, ConfigError
from synth.generation.trial import Trial


def test_a_failure_becomes_a_line_with_its_place():
    with Trial() as trial:
        raise ValueError("seven is right out")
    assert isinstance(trial.error, ValueError)
    assert trial.text.startswith("ValueError: seven is right out (test_trial.py:")
    with Trial() as trial:
        raise ConfigError("recipe.yaml:3: no such key")
    assert trial.text == "recipe.yaml:3: no such key"


def test_a_good_end_leaves_nothing():
    with Trial() as trial:
        pass
    assert trial.error is None
    assert trial.text == ""


def test_what_must_pass_passes():
    for error in (AssetError("disk full"), KeyboardInterrupt()):
        with pytest.raises(type(error)), Trial(AssetError):
            raise error
