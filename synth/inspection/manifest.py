"""The specs that a dataset's pictures were made from, as `manifest.jsonl` stores them: one line an image."""

from __future__ import annotations

from pathlib import Path

import msgspec

from synth.errors import ConfigError, LabelError
from synth.scene.spec import ImageSpec

MANIFEST = "manifest.jsonl"


def read_specs(root: Path) -> dict[str, ImageSpec]:
    """The spec of every picture, by file name; none if the dataset was not generated (it has no manifest).

    Raises:
        LabelError: a line is not what generation writes; the message names file and line.
    """
    path = root / MANIFEST
    if not path.is_file():
        return {}
    specs: dict[str, ImageSpec] = {}
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                entry = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
                spec = ImageSpec.from_json(bytes(entry["spec"]))
            except (msgspec.DecodeError, KeyError, ConfigError) as error:
                raise LabelError(
                    f'{path}, line {number}: expected {{"sha256": ..., "spec": ...}} as generation writes it '
                    f"({error}); generate the dataset again or look at it without its manifest"
                ) from None
            specs[spec.file_name] = spec
    return specs
