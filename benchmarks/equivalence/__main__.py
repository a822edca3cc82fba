"""Where ``python -m benchmarks.equivalence`` begins: Ctrl-C is quiet from here on, while the rest is still being imported."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from benchmarks.equivalence.command import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("Error: Interrupted.\n")
        sys.exit(130)
