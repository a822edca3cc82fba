"""Started as a file, `python -s -B …/sandbox/worker/__main__.py`, in an environment where only this folder and policy.py exist.

`sandbox/__init__.py` belongs to the host (it needs pydantic), so an empty package of that name takes its place here.
"""

import sys
from pathlib import Path
from types import ModuleType

package = ModuleType("sandbox")
package.__path__ = [str(Path(__file__).resolve().parent.parent)]
sys.modules["sandbox"] = package
sys.path.pop(0)  # the worker's own folder: its modules are reached through the package

from sandbox.worker.zygote import main  # noqa: E402  (the package has to exist first)

main(sys.argv[1:])
