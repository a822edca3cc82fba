"""The child process that holds llama.cpp's server: ``python embedded_server.py '{"model": …}'``.

It prints one line with its URL when the server is healthy, then waits for the end of its standard input. A pipe reaches its end
whenever the parent goes away, by SIGKILL too, so that no server is left behind. Nothing of Sangaku is imported here: the file is
run by its path, and starts as fast as ``xllamacpp`` loads.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

__all__ = ["main"]

_POLL_S = 1.0
_BATCH = 256  # tokens of a prompt between two looks at whether its caller is still there, and at the other slots
_OPENMP = "SANGAKU_OPENMP"
_CACHE_MIB = 512  # of main memory for prompts that lost their slot


def _leave_with_parent(parent: int) -> None:
    """Wait for the end of stdin, or for another parent, and end the process at once, whatever llama.cpp is doing."""
    while True:
        readable, _, _ = select.select([0], [], [], _POLL_S)
        if readable and not os.read(0, 4096):
            os._exit(0)
        # A sibling that the parent forked may hold the pipe's other end open; the parent's pid tells even then.
        if os.getppid() != parent:
            os._exit(0)


def _load() -> None:
    """Import xllamacpp, with the OpenMP runtime (libgomp) of another wheel where the system has none, as in slim containers.

    The loader looks for it where LD_LIBRARY_PATH said when the process started; so the process starts over.
    """
    folder = os.environ.pop(_OPENMP, "")
    try:
        import xllamacpp  # noqa: F401
    except ImportError as error:
        wheels = [path for site in sys.path for path in Path(site).glob("*.libs/libgomp*.so*")]
        if folder or not wheels or "libgomp" not in str(error):
            raise
        folder = tempfile.mkdtemp(prefix="sangaku-openmp-")
        Path(folder, "libgomp.so.1").symlink_to(wheels[0])
        paths = [folder, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        environment = {**os.environ, _OPENMP: folder, "LD_LIBRARY_PATH": ":".join(paths)}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)
    finally:
        if folder:  # loaded by now, or of no use
            shutil.rmtree(folder, ignore_errors=True)


def _params(settings: dict[str, Any]) -> Any:
    import xllamacpp as llama

    params = llama.CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = settings["port"]
    # Not an argument: any user of the machine can list the arguments of a process.
    params.api_keys = [os.environ["SANGAKU_EMBEDDED_KEY"]]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["context"] * settings["slots"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.n_batch = params.n_ubatch = _BATCH
    params.cache_ram_mib = _CACHE_MIB
    params.prefill_assistant = True
    params.ui = False
    params.verbosity = 1  # errors
    return params


def main() -> int:
    """Serve until the parent is gone."""
    _load()
    # While a model is loaded no Python runs in this process; the kernel's own signal at the end of the pipe ends it even then.
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    settings = json.loads(sys.argv[1])
    # What llama.cpp prints goes to stderr; the real stdout carries one line and nothing else.
    out = os.dup(1)
    os.dup2(2, 1)
    import xllamacpp as llama

    server = llama.Server(_params(settings))
    os.write(out, f"{server.listening_address}\n".encode())
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
