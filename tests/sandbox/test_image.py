"""The image: what its tag stands for, what goes into it, and what is said when it cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import SandboxUnavailable, build, image, image_tag
from sandbox.docker import _short
from tests.sandbox.conftest import BASE

if TYPE_CHECKING:
    from docker import DockerClient


def test_the_tag_changes_with_any_file_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image_tag()
    assert before == image_tag()
    files = dict(image._context())
    assert {"Dockerfile.sandbox", "sandbox/policy.py", "sandbox/requirements.txt", "sandbox/worker/zygote.py"} <= set(
        files
    )
    assert not any("__pycache__" in name for name in files)
    for name in files:
        changed = {**files, name: files[name] + b"\n"}
        monkeypatch.setattr(image, "_context", lambda changed=changed: iter(changed.items()))
        assert image_tag() != before, name


def test_the_image_is_what_the_tag_names(client: DockerClient) -> None:
    config = client.images.get(image_tag()).attrs["Config"]
    assert config["User"] == "65534:65534"
    assert config["Entrypoint"][-3:] == ["--pid1", "--scratch", "/scratch"]


def test_the_worker_refuses_to_be_anything_but_process_1(client: DockerClient) -> None:
    from docker.errors import ContainerError

    with pytest.raises(ContainerError, match="the worker must be process 1"):
        client.containers.run(image_tag(), init=True, network_mode="none", remove=True, stderr=True)


def test_a_folder_without_wheels(client: DockerClient, tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="there are no wheels in"):
        build(base=BASE, wheels=tmp_path, say=print)


def test_a_base_image_that_is_not_there(client: DockerClient) -> None:
    with pytest.raises(SandboxUnavailable, match="the base image localhost:1/nothing:1 cannot be had") as caught:
        build(base="localhost:1/nothing:1", say=lambda line: None)
    assert "--base" in caught.value.advice


def test_a_failing_step_is_told_by_its_own_last_line() -> None:
    told: list[str] = []
    events = [
        {"stream": "Step 1/2 : FROM x"},
        {"stream": "Step 2/2 : RUN set -eu; python3 -m pip install"},
        {"stream": " ---> Running in 0123456789ab\n"},
        {"stream": "\x1b[91mNo module named pip\n\x1b[0m"},
        {"stream": "Removing intermediate container 0123456789ab\n"},
        {"error": "The command '/bin/sh -c …' returned a non-zero code: 1"},
    ]
    with pytest.raises(SandboxUnavailable, match="the image cannot be built: No module named pip"):
        image._follow(iter(events), told.append)
    assert told == ["Step 1/2 : FROM x", "Step 2/2 : RUN set -eu"]


@pytest.mark.parametrize(("python", "machine"), [("312", "x86_64"), ("313", "aarch64")])
def test_wheels_are_asked_for_by_the_python_of_the_image(
    python: str, machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the Python that Sangaku itself runs in."""
    asked: list[str] = []

    def run(command: list[str], **options: object) -> object:
        asked.extend(command)
        raise FileNotFoundError

    monkeypatch.setattr("sandbox.image.subprocess.run", run)
    with pytest.raises(FileNotFoundError):
        image._download(tmp_path, python, machine, print)
    assert asked[asked.index("--python-version") + 1] == python
    assert f"--platform=manylinux_2_28_{machine}" in asked
    assert "--only-binary=:all:" in asked


def test_docker_says_why_in_plain_words() -> None:
    wrapped = RuntimeError("('Connection aborted.', PermissionError(13, 'Permission denied'))")
    wrapped.__cause__ = PermissionError(13, "Permission denied")
    assert _short(wrapped) == "Permission denied"
    assert _short(ValueError("first\nsecond")) == "first"
