"""`python -m synth` is `synth`: the entry of both."""

import sys


def main() -> None:
    """Runs the command line; an interrupt is one line even while it is being loaded."""
    try:
        from synth.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again to go on\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
