"""smolagents' LocalPythonExecutor, run as a script in a process of its own, so that it does not weigh on the measuring one.

For each line of JSON (the source) on standard input it evaluates the program and writes one line of JSON: what was printed, the
error, and its own time in nanoseconds. The pipe is not in that time.
"""

import json
import sys
import time
from importlib import import_module


def main() -> None:
    requests, replies = sys.stdin, sys.stdout
    sys.stdout = sys.stderr  # only replies go to the pipe
    executor = import_module("smolagents.local_python_executor").LocalPythonExecutor(
        ["numpy", "sympy"], max_print_outputs_length=4 << 20
    )
    executor.send_tools({})
    replies.write("ready\n")
    replies.flush()
    for line in requests:
        source, error = json.loads(line), ""
        started = time.perf_counter_ns()
        try:
            printed = executor(source).logs
        except Exception as failure:  # noqa: BLE001 - the error program raises, as it should
            printed, error = str(executor.state["_print_outputs"]), str(failure)
        spent = time.perf_counter_ns() - started
        replies.write(json.dumps([printed, error, spent]) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
