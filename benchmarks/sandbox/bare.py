"""The bare zygote, run as a script: imports numpy and sympy and nothing else, forks when asked, and says how long it took.

For each byte on standard input it forks a child that ends at once, waits for it, and writes one line: nanoseconds.
"""

import gc
import os
import time

import numpy  # noqa: F401
import sympy  # noqa: F401


def main() -> None:
    gc.collect()
    gc.freeze()
    os.write(1, b"ready\n")
    while os.read(0, 1):
        started = time.perf_counter_ns()
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        os.write(1, b"%d\n" % (time.perf_counter_ns() - started))


if __name__ == "__main__":
    main()
