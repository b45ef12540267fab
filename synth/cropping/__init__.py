"""From a labelled dataset to crops of its tags: upright with characters, turned with their angle, rectified text.

The law: every crop is resampled once, from the picture itself, and its labels go through the same map. A crop stays in
the split of its picture, and its name tells picture and tag. Its bytes follow from dataset, options and seed alone.
"""
