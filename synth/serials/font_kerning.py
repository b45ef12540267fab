"""Kerning of a font file: the pair adjustments of its GPOS table, or of the old `kern` table if it has none.

Only the horizontal advance of the left glyph is read, which is what Latin fonts kern with. Lookups of the `kern`
feature act one after the other; within a lookup the first subtable that knows the pair decides (OpenType 1.9, GPOS).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any  # fontTools has no types

PAIRS, EXTENSION = 2, 9
PairKerning = Callable[[str, str], float]


def pair_kerning(font: Any) -> PairKerning:
    """What a font adds between two glyphs, by their names, in font units."""
    lookups = _lookups(font["GPOS"].table) if "GPOS" in font else []
    if lookups:
        return lambda left, right: float(sum(_adjusted(subtables, left, right) for subtables in lookups))
    tables = [table.kernTable for table in font["kern"].kernTables if _is_horizontal(table)] if "kern" in font else []
    return lambda left, right: float(sum(table.get((left, right), 0) for table in tables))


def _is_horizontal(table: Any) -> bool:
    """Neither minima, nor across the line, nor in a format that lists no pairs."""
    return hasattr(table, "kernTable") and (table.apple or table.coverage & 0b111 == 1)


def _lookups(gpos: Any) -> list[list[Any]]:
    """Subtables of each pair lookup of the `kern` feature, for Latin script and default language."""
    if not gpos.ScriptList or not gpos.FeatureList or not gpos.LookupList:
        return []
    scripts = {record.ScriptTag: record.Script for record in gpos.ScriptList.ScriptRecord}
    script = scripts.get("latn") or scripts.get("DFLT")
    language = script and script.DefaultLangSys
    if not language:
        return []
    features = [gpos.FeatureList.FeatureRecord[index] for index in language.FeatureIndex]
    numbers = {n for record in features if record.FeatureTag == "kern" for n in record.Feature.LookupListIndex}
    found = [list(_pair_subtables(gpos.LookupList.Lookup[number])) for number in sorted(numbers)]
    return [subtables for subtables in found if subtables]


def _pair_subtables(lookup: Any) -> Iterator[Any]:
    for subtable in lookup.SubTable:
        inner = subtable.ExtSubTable if subtable.LookupType == EXTENSION else subtable
        if inner.LookupType == PAIRS:
            yield inner


def _adjusted(subtables: list[Any], left: str, right: str) -> int:
    for subtable in subtables:
        if left not in subtable.Coverage.glyphs:
            continue
        if subtable.Format == 1:
            pairs = subtable.PairSet[subtable.Coverage.glyphs.index(left)].PairValueRecord
            for record in pairs:
                if record.SecondGlyph == right:
                    return _advance(record.Value1)
        else:
            row = subtable.Class1Record[subtable.ClassDef1.classDefs.get(left, 0)]
            return _advance(row.Class2Record[subtable.ClassDef2.classDefs.get(right, 0)].Value1)
    return 0


def _advance(value: Any) -> int:
    return int(getattr(value, "XAdvance", 0) or 0)
