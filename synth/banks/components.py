"""What must not be divided between splits, as components of a graph of names.

Joined are: a tag's identity and the photo that the tag was cut from (known by its SHA-256, so that it is recognised
among the backgrounds, and copies of one file are one photo), tags of one identity in whatever bank, cut-outs of equal
bytes, a photo and the identities that are labelled on it.

Tags without identity or text are not in the graph: nobody knows which of them are the same, so they all go to one
split (`synth.banks.allotment`). Distractors without identity are: nothing is labelled on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from synth.banks.records import PhotoRecord, TagRecord

UNIDENTIFIED = "tags without identity"
_BITS_SET = np.array([value.bit_count() for value in range(256)], np.int64)


@dataclass
class Components:
    """A forest of names: names of one tree must not be divided."""

    parents: dict[str, str] = field(default_factory=dict)

    def root(self, name: str) -> str:
        """The name that stands for the component."""
        self.parents.setdefault(name, name)
        while self.parents[name] != name:
            self.parents[name] = self.parents[self.parents[name]]
            name = self.parents[name]
        return name

    def join(self, a: str, b: str) -> None:
        """Makes two components one; the smaller name stands for it."""
        low, high = sorted((self.root(a), self.root(b)))
        self.parents[high] = low

    def copy(self) -> Components:
        """An independent copy."""
        return Components(dict(self.parents))


def photo_name(photo: PhotoRecord) -> str:
    """The node of a photo; copies of one file share it."""
    return f"photo {photo.sha256}"


def is_identified(tag: TagRecord) -> bool:
    """Whether a tag's identity is known, if only by its text."""
    return tag.identity is not None or tag.text is not None


def tag_name(tag: TagRecord) -> str:
    """The node of a tag's identity, or of the tag itself if nobody knows it."""
    identity = tag.identity if tag.identity is not None else tag.text
    return f"identity {identity}" if identity is not None else f"tag {tag.id}"


def links_of(tag: TagRecord) -> tuple[str, ...]:
    """The nodes of a tag's photo and of its cut-out's bytes, as far as they were noted."""
    photo = (f"photo {tag.photo_sha256}",) if tag.photo_sha256 else ()
    return (*photo, f"cutout {tag.sha256}") if tag.sha256 else photo


def linked(tags: Sequence[TagRecord], photos: Sequence[PhotoRecord]) -> Components:
    """The components of tags (identified ones, and distractors) and photos by what is known about them."""
    components = Components()
    for tag in tags:
        components.root(tag_name(tag))
        for link in links_of(tag):
            components.join(tag_name(tag), link)
    for photo in photos:
        components.root(photo_name(photo))
        for one in photo.annotations:
            identity = one.identity if one.identity is not None else one.text
            if identity is not None:
                components.join(photo_name(photo), f"identity {identity}")
    return components


def look_alikes(photos: Sequence[PhotoRecord], most_bits: int) -> list[tuple[int, PhotoRecord, PhotoRecord]]:
    """Pairs of different photos whose fingerprints differ in at most `most_bits` bits, with that number, in order."""
    prints = np.array([int(photo.fingerprint, 16) for photo in photos], np.uint64)
    found = []
    for i, first in enumerate(photos):
        differing = (prints[i + 1 :] ^ prints[i]).view(np.uint8).reshape(-1, 8)
        bits = _BITS_SET[differing].sum(axis=1)
        for j in np.flatnonzero(bits <= most_bits):
            found.append((int(bits[j]), first, photos[i + 1 + int(j)]))
    return found
