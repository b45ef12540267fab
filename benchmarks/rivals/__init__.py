"""Other makers of text pictures, run as programs of their own; what is in `inside` runs in their environment."""
