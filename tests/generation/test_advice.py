from __future__ import annotations

import ast
from pathlib import Path

import synth
from synth.generation.advice import GENERAL, advice_for


def reasons_in(source: str) -> list[str]:
    """Texts in the arguments of `RejectedScene(...)`."""
    return [
        text.value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "RejectedScene"
        for text in ast.walk(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]


def test_every_reason_has_advice_of_its_own():
    package = Path(synth.__file__).parent
    reasons = [r for path in sorted(package.rglob("*.py")) for r in reasons_in(path.read_text("utf-8"))]
    assert len(reasons) >= 4
    assert [reason for reason in reasons if advice_for(reason) == GENERAL] == []
    assert advice_for("the moon was full") == GENERAL
