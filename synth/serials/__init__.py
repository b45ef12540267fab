"""Serial tags that the project draws itself: text as outlines, bent onto the body that carries it."""
