"""`python -m synth` is `synth`."""

from synth.cli import main

main()
