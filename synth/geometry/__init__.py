"""Pure functions on boxes, angles and projective maps. Nothing here knows about files, labels or pixels' meaning."""
