"""``python -m benchmarks.overhead [--problems N] [--json]``"""

from __future__ import annotations

from benchmarks.overhead.command import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
