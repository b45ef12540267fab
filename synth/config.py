"""Strict configuration from YAML 1.2: every mistake is reported with file, line, key, what is allowed, and the nearest
name.

A model is a frozen pydantic `Section`: unknown keys are errors, ranges are ordered, and nothing in it is a class or a
callable. There is no inheritance of files and no interpolation: what stands in the file is what is meant.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from synth.errors import ConfigError

MAX_BYTES = 1 << 20


class Section(BaseModel):
    """Base of all parts of a configuration."""

    shorthands: ClassVar[Mapping[str, str]] = {}
    """Keys whose value may be given without naming the part that it is for: {"backgrounds": "photos"}."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


NumberT = TypeVar("NumberT", int, float)


def ordered(value: tuple[NumberT, NumberT]) -> tuple[NumberT, NumberT]:
    """The same range; ValueError if it is empty."""
    if value[0] > value[1]:
        raise ValueError(f"an empty range: the first number must not exceed the second, got [{value[0]}, {value[1]}]")
    return value


Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Range = Annotated[tuple[float, float], AfterValidator(ordered)]
ShareRange = Annotated[tuple[Share, Share], AfterValidator(ordered)]
PositiveRange = Annotated[tuple[Positive, Positive], AfterValidator(ordered)]
NonNegativeRange = Annotated[tuple[NonNegative, NonNegative], AfterValidator(ordered)]

SectionT = TypeVar("SectionT", bound=Section)


def load_section(model: type[SectionT], path: Path, overrides: Sequence[str] = ()) -> SectionT:
    """Reads a YAML file into `model`.

    Args:
        model: the section at the top of the file.
        path: the file.
        overrides: "dotted.key=value" strings; the value is YAML; they win over the file.

    Raises:
        ConfigError: one line per mistake, each "file:line: key: what is wrong".
    """
    document = _read_yaml(path)
    try:
        plain = json.loads(json.dumps(document, default=_refuse(path)))
    except (TypeError, ValueError):
        raise ConfigError(f"{path}: keys must be plain texts or numbers; lists and mappings cannot be keys") from None
    for key, part in model.shorthands.items():
        if isinstance(plain.get(key), str | list):
            plain[key] = {part: plain[key]}
    expanded = [_expanded(override, model.shorthands) for override in overrides]
    for override in expanded:
        apply_override(plain, override)
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        given = _Given(path, document, plain, expanded)
        lines = [_explain(model, given, mistake) for mistake in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def _read_yaml(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the path of a recipe") from None
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES} bytes; this is no recipe")
    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)
    try:
        decoded = text.decode("utf-8")
        if any(isinstance(event, AliasEvent) for event in yaml.parse(decoded)):
            raise ConfigError(f"{path}: aliases (*name) are not allowed; write the value out")
        document = yaml.load(decoded)
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{path}{line}: not valid YAML: {error.problem}") from None
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: not valid YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(document, Mapping):
        raise ConfigError(f"{path}: expected keys and values at the top, found {type(document).__name__}")
    return document


def _refuse(path: Path) -> Any:
    def refuse(value: object) -> None:
        raise ConfigError(f"{path}: {value!r} is a {type(value).__name__}; put quotes round it to make it a text")

    return refuse


def _expanded(override: str, shorthands: Mapping[str, str]) -> str:
    """The override of one part of a section where the shorthand for it was given, so that the other parts stay."""
    key, _, text = override.partition("=")
    if key in shorthands and not text.lstrip().startswith("{"):
        return f"{key}.{shorthands[key]}={text}"
    return override


def apply_override(plain: dict[str, Any], override: str) -> None:
    """Sets one value of a plain document, in place.

    Args:
        plain: nested dicts and lists.
        override: "dotted.key=value"; the value is YAML, a number in the key counts in a list.

    Raises:
        ConfigError: it is not of this form, or there is no such place.
    """
    key, sign, text = override.partition("=")
    if not sign or not key:
        raise ConfigError(f"--set {override}: expected key=value, e.g. --set camera.noise.share=0.5")
    try:
        value = YAML(typ="safe", pure=True).load(text) if text else ""
        json.dumps(value)
    except (YAMLError, ValueError, TypeError, RecursionError):
        raise ConfigError(f"--set {override}: the value is no valid YAML of texts, numbers, lists and keys") from None
    here: Any = plain
    *parents, last = key.split(".")
    for depth, name in enumerate(parents):
        if isinstance(here, list) and name.isdigit() and int(name) < len(here):
            here = here[int(name)]
        elif isinstance(here, dict):
            here = here.setdefault(name, {})
        else:
            raise ConfigError(f"--set {override}: {'.'.join(parents[:depth])} has no part {name!r}")
    if isinstance(here, list) and last.isdigit() and int(last) < len(here):
        here[int(last)] = value
    elif isinstance(here, dict):
        here[last] = value
    else:
        raise ConfigError(f"--set {override}: {'.'.join(parents)} has no part {last!r}")


@dataclass(frozen=True, slots=True)
class _Given:
    """What was read: the file as it stands there with its lines, and as plain values with the overrides on them."""

    path: Path
    document: Any
    plain: Any
    overrides: Sequence[str]

    def as_written(self, location: Sequence[str | int]) -> tuple[str | int, ...]:
        """A place without the kinds that a model puts into it to say which section it has chosen."""
        written: list[str | int] = []
        here = self.plain
        for name in location:
            if isinstance(here, dict) and name not in here and here.get("kind") == name:
                continue
            written.append(name)
            try:
                here = here[name]
            except (KeyError, IndexError, TypeError):
                here = None
        return tuple(written)

    def place_of(self, location: Sequence[str | int]) -> str:
        """The override that set a value, else file and line."""
        dotted = ".".join(str(part) for part in location) + "."
        for override in reversed(self.overrides):
            if dotted.startswith(override.partition("=")[0] + "."):
                return f"--set {override}"
        line = _line_of(self.document, location)
        return f"{self.path}:{line}" if line else f"{self.path}"


def _line_of(document: Any, location: Sequence[str | int]) -> int | None:
    line: int | None = None
    here = document
    for name in location:
        marks = getattr(here, "lc", None)
        if marks is None:
            break
        try:
            line = (marks.key(name) if isinstance(here, Mapping) else marks.item(name))[0] + 1
            here = here[name]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def _sections_in(annotation: Any) -> list[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [found for part in get_args(annotation) for found in _sections_in(part)]


def _sections_at(model: type[Section], location: Sequence[str | int]) -> list[type[Section]]:
    """Those that may stand at a place; where a union was decided by its kind, the one that was chosen."""
    candidates: list[type[Section]] = [model]
    for name in location:
        deeper = [
            found
            for candidate in candidates
            if isinstance(name, str) and name in candidate.model_fields
            for found in _sections_in(candidate.model_fields[name].annotation)
        ]
        chosen = [candidate for candidate in candidates if name in _kinds_of(candidate)]
        candidates = deeper or chosen or candidates
    return candidates


def _kinds_of(section: type[Section]) -> tuple[Any, ...]:
    return get_args(section.model_fields["kind"].annotation) if "kind" in section.model_fields else ()


def _allowed_names(model: type[Section], location: Sequence[str | int]) -> list[str]:
    return sorted({field for candidate in _sections_at(model, location) for field in candidate.model_fields})


def _near(name: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, allowed, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _split_key(model: type[Section], location: Sequence[str | int], message: str) -> tuple[tuple[str | int, ...], str]:
    """The keys, below its place, that a message begins with, and what it says of them."""
    head, sign, rest = message.partition(": ")
    keys = tuple(int(name) if name.isdigit() else name for name in head.split("."))
    if not sign or not re.fullmatch(r"[a-z_0-9.]+", head) or keys[0] not in _allowed_names(model, location):
        return (), message
    return keys, rest


def _explain(model: type[Section], given: _Given, mistake: Any) -> str:
    raw: tuple[str | int, ...] = mistake["loc"]
    kind, message = mistake["type"], mistake["msg"]
    deeper: tuple[str | int, ...] = ()
    if kind == "value_error":
        deeper, message = _split_key(model, raw, message.removeprefix("Value error, "))
    elif kind in ("union_tag_invalid", "union_tag_not_found"):
        deeper = (mistake["ctx"]["discriminator"].strip("'"),)
    location = (*given.as_written(raw), *deeper)
    where = given.place_of(location)
    key = ".".join(str(part) for part in location) or "recipe"
    if kind == "extra_forbidden":
        allowed = _allowed_names(model, raw[:-1])
        return f"{where}: unknown key {key!r}{_near(str(raw[-1]), allowed)}; allowed here: {', '.join(allowed)}"
    if kind == "union_tag_invalid":
        tag, allowed = mistake["ctx"]["tag"], re.findall(r"'(\w+)'", mistake["ctx"]["expected_tags"])
        return f"{where}: {key}: unknown {deeper[0]} {tag!r}{_near(tag, allowed)}; allowed here: {', '.join(allowed)}"
    if kind in ("missing", "union_tag_not_found"):
        return f"{where}: {key}: is needed and missing"
    found = "" if kind == "value_error" else f", got {json.dumps(mistake['input'], default=str)[:80]}"
    return f"{where}: {key}: {message[:1].lower()}{message[1:]}{found}"
