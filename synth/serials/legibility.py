"""How much of a character must be seen: in labels of tags that are pasted and of tags that are rendered."""

from __future__ import annotations

LEAST_VISIBILITY = 0.02
"""A character of which less is seen is a speck at the limb of a ring: it gets no label."""
SURE_VISIBILITY = 0.15
"""Nobody could tell a character of which less is seen: it is difficult."""
