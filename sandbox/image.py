"""Builds the image of the docker backend from Dockerfile.sandbox, with or without a network.

The tag is a hash of what goes into the image, so that a worker of another version is never used by mistake. Wheels are downloaded
here on the host, for the Python of the base image, and the build itself runs with no network; where this Python has no pip,
the build fetches them instead.
"""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.errors import SandboxUnavailable

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["DEFAULT_BASE", "build", "image_tag"]

HERE = Path(__file__).parent
DEFAULT_BASE = "python:3.12-slim"
_PROBE = "import platform, sys; print('%d%d' % sys.version_info[:2], platform.machine())"


def image_tag() -> str:
    """The name of the image that belongs to this version of the worker."""
    digest = hashlib.sha256()
    for name, data in _context():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return f"sangaku-sandbox:{digest.hexdigest()[:16]}"


def build(*, base: str = DEFAULT_BASE, wheels: Path | None = None, say: Callable[[str], None] = print) -> str:
    """Build the image and return its tag. ``wheels`` is a folder of wheels to use instead of downloading any.

    Raises `SandboxUnavailable` where the daemon, the base image or the wheels cannot be had. Blocking; about a minute.
    """
    from sandbox.docker import connect

    client = connect(timeout_s=600)
    tag = image_tag()
    python, machine = _base_python(client, base, say)
    with tempfile.TemporaryDirectory(prefix="sangaku-wheels-") as folder:
        if wheels is None:
            wheels = _download(Path(folder), python, machine, say)
        elif not list(wheels.glob("*.whl")):
            raise SandboxUnavailable(f"there are no wheels in {wheels}", advice="Download what requirements.txt names.")
        say(f"building {tag} from {base}" + (" without network" if wheels else ""))
        _build(client, tag=tag, base=base, wheels=wheels, say=say)
    return tag


def _context() -> Iterator[tuple[str, bytes]]:
    """Every file of the build but the wheels, as (path in the context, bytes), in a fixed order."""
    dockerfile = HERE / "Dockerfile.sandbox"  # in an installed wheel; in the repository it stands at the root
    yield "Dockerfile.sandbox", (dockerfile if dockerfile.exists() else HERE.parent / "Dockerfile.sandbox").read_bytes()
    for path in (HERE / "policy.py", HERE / "requirements.txt", *sorted((HERE / "worker").glob("*.py"))):
        yield f"sandbox/{path.relative_to(HERE).as_posix()}", path.read_bytes()


def _base_python(client: DockerClient, base: str, say: Callable[[str], None]) -> tuple[str, str]:
    """The Python of the base image: ("312", "x86_64")."""
    from docker.errors import APIError, ContainerError, ImageNotFound

    try:
        try:
            client.images.get(base)
        except ImageNotFound:
            say(f"pulling {base}")
            client.images.pull(base)
        printed = client.containers.run(base, ["-c", _PROBE], entrypoint=["python3"], network_mode="none", remove=True)
    except ImageNotFound as error:
        raise _no_base(base, "no such image") from error
    except ContainerError as error:
        raise SandboxUnavailable(
            f"the base image {base} has no Python 3", advice="Choose another with --base."
        ) from error
    except APIError as error:
        raise _no_base(base, str(error.explanation or error).splitlines()[0]) from error
    version, machine = printed.decode().split()
    if int(version) < 311:
        raise SandboxUnavailable(
            f"the base image {base} has Python {version[0]}.{version[1:]}; 3.11 or later is needed"
        )
    return version, machine


def _no_base(base: str, why: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"the base image {base} cannot be had: {why[:200]}",
        advice="Name an image that is there with --base (any with Python 3.11 or later), or load one with docker load.",
    )


def _download(folder: Path, python: str, machine: str, say: Callable[[str], None]) -> Path | None:
    if find_spec("pip") is None:
        return None
    say(f"downloading numpy, sympy and math-verify for Python {python[0]}.{python[1:]} on {machine}")
    platforms = [f"manylinux{tag}_{machine}" for tag in ("_2_28", "_2_27", "_2_17", "2014")]
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", str(folder)]
    command += ["--no-deps", "--only-binary=:all:", "-r", str(HERE / "requirements.txt")]
    command += ["--implementation", "cp", "--python-version", python]
    command += [f"--platform={platform}" for platform in platforms]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        raise SandboxUnavailable(
            f"the wheels cannot be downloaded: {lines[-1].removeprefix('ERROR: ')}",
            advice="On a machine without network, give a folder that holds them with --wheels.",
        )
    return folder


def _build(client: DockerClient, *, tag: str, base: str, wheels: Path | None, say: Callable[[str], None]) -> None:
    from docker.errors import APIError

    with tempfile.TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, data in _context():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                entry.mode = 0o644
                tar.addfile(entry, io.BytesIO(data))
            for wheel in sorted(wheels.glob("*.whl")) if wheels else ():
                tar.add(wheel, f"sandbox/wheels/{wheel.name}")
        archive.seek(0)
        try:
            events = client.api.build(
                fileobj=archive,
                custom_context=True,
                dockerfile="Dockerfile.sandbox",
                tag=tag,
                buildargs={"BASE": base},
                network_mode="none" if wheels else None,
                rm=True,
                forcerm=True,
                decode=True,
            )
            _follow(events, say)
        except (APIError, OSError) as error:
            raise SandboxUnavailable(f"the image cannot be built: {error}") from error


def _follow(events: Iterable[Mapping[str, object]], say: Callable[[str], None]) -> None:
    """Tell the steps; an error comes with the last line that the failing step printed."""
    printed = ""
    for event in events:
        text = re.sub(r"\x1b\[\d+m", "", str(event.get("stream", ""))).strip()
        if "error" in event:
            why = printed or str(event["error"]).strip().splitlines()[0]
            raise SandboxUnavailable(f"the image cannot be built: {why[:300]}")
        if text.startswith("Step "):
            say(text.partition(";")[0][:120])
            printed = ""
        elif text and not text.startswith(("--->", "Removing intermediate container")):
            printed = text.splitlines()[-1]
