"""What the host lays out for attacks to reach for: listeners, a secret, a folder, a process. Looked at again afterwards.

Nothing of value is ever at stake: every target is made for one attack, or for one run of all of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Self

__all__ = ["VARIABLE", "Scene"]

_LIBC = ctypes.CDLL(None)

VARIABLE = "SANGAKU_CANARY"
"""The environment variable of the host that holds the secret while attacks run."""


def _no_rights() -> None:
    """Have the next exec give no capability to root: with them a process is out of reach for a root that has none."""
    _LIBC.prctl(28, ctypes.c_ulong(1), 0, 0, 0)  # PR_SET_SECUREBITS, SECBIT_NOROOT


class Scene:
    """Targets for one attack at a time; `renew` makes them untouched again. ``uid`` is the user that programs run as."""

    def __init__(self, *, uid: int) -> None:
        self._uid = uid
        self._open = contextlib.ExitStack()
        self.secret = os.environ.get(VARIABLE) or secrets.token_hex(
            16
        )  # one for all scenes that are laid out at a time
        """Known to nobody but the host: a program that prints it has read what it may not."""
        self.token = ""
        """A new name for each attack, for whatever it makes."""
        self.folder = Path(tempfile.mkdtemp(prefix="sangaku-scene-", dir="/tmp"))
        """A directory of the host that everybody may write to. Holds `secret`, `precious`, the socket `listener`, and `pointer`, a
        link whose target contains the secret."""
        self._victim: subprocess.Popen[bytes] | None = None
        self._listeners: dict[str, socket.socket] = {}
        self._terminal = (-1, "")

    def __enter__(self) -> Self:
        self.folder.chmod(0o777)  # everybody: the attack must meet the sandbox, not the mode of a directory
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = self.secret
        self._listen()
        self._open_terminal()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._before
        if self._victim is not None:
            self._victim.kill()
            self._victim.wait()
        self._open.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def renew(self) -> None:
        """Everything as if nobody had touched it, and a new token."""
        self.token = f"s{secrets.token_hex(6)}"
        self.connections()
        self.typed()
        for path in self.folder.iterdir():
            if path.name != "listener":
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (self.folder / "secret").write_text(self.secret)
        (self.folder / "precious").write_text("precious")
        for name in ("secret", "precious"):
            (self.folder / name).chmod(0o666)
            if os.geteuid() == 0:
                os.chown(
                    self.folder / name, self._uid, 0
                )  # the owner may change a mode: again the sandbox must refuse it
        (self.folder / "pointer").symlink_to(f"/{self.secret}")
        self._labels = {name: self._label(name) for name in ("secret", "precious")}
        if self._victim is not None and self._victim.poll() is None and self.treatment():
            self._victim.kill()  # an ordinary user could not give it back what it had
            self._victim.wait()
        if self._victim is None or self._victim.poll() is not None:
            # Same user as the programs where that can be: a signal must be refused by the sandbox, not for its sender.
            user = self._uid if os.geteuid() == 0 else None
            # It holds the secret in its environment and as its input, and a connected socket as its output.
            with (self.folder / "secret").open() as secret, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                if "udp" in self._listeners:
                    sender.connect(self._listeners["udp"].getsockname())
                self._victim = subprocess.Popen(
                    ["sleep", "3600"],
                    user=user,
                    group=user,
                    extra_groups=None if user is None else [],
                    preexec_fn=_no_rights if user == 0 else None,
                    start_new_session=True,
                    cwd=self.folder,
                    stdin=secret,
                    stdout=sender.fileno(),
                )
            os.setpriority(os.PRIO_PROCESS, self._victim.pid, 0)
            self._treated = self._condition()

    @property
    def victim(self) -> subprocess.Popen[bytes]:
        """A process of the host."""
        assert self._victim is not None
        return self._victim

    def treatment(self) -> list[str]:
        """What has become different about the victim, which must be running."""
        now = self._condition()
        return [name for name, value in self._treated.items() if now[name] != value]

    def _condition(self) -> dict[str, object]:
        pid = self.victim.pid
        return {
            "stopped": Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt",
            "priority": os.getpriority(os.PRIO_PROCESS, pid),
            "processors": os.sched_getaffinity(pid),
            "scheduler": os.sched_getscheduler(pid),
            "limits": Path(f"/proc/{pid}/limits").read_text(),
            "blame for lack of memory": Path(f"/proc/{pid}/oom_score_adj").read_text(),
        }

    def values(self) -> dict[str, str | int]:
        """What the hostile program is told."""
        return {
            "token": self.token,
            "folder": str(self.folder),
            "secret_path": str(self.folder / "secret"),
            "precious_path": str(self.folder / "precious"),
            "unix_path": str(self.folder / "listener"),
            "abstract": self._abstract,
            "tcp_port": self._port("tcp"),
            "tcp6_port": self._port("tcp6"),
            "udp_port": self._port("udp"),
            "victim": self.victim.pid,
            "host_pid": os.getpid(),
            "variable": VARIABLE,
            "terminal": self._terminal[1],
        }

    def connections(self) -> list[str]:
        """Which listeners were reached since the last call."""
        reached = []
        for name, listener in self._listeners.items():
            with contextlib.suppress(BlockingIOError):
                while True:
                    if listener.type == socket.SOCK_DGRAM:
                        listener.recvfrom(65536)
                    else:
                        listener.accept()[0].close()
                    reached.append(name)
        return reached

    def made(self) -> list[str]:
        """Names that are in the folder and were not, and those that are changed or gone."""
        ours = {"secret": self.secret, "precious": "precious"}
        there = {path.name for path in self.folder.iterdir()}
        new = sorted(there - set(ours) - {"listener", "pointer"})
        changed = [
            name
            for name, text in ours.items()
            if name not in there
            or (self.folder / name).read_text(errors="replace") != text
            or self._label(name) != self._labels[name]
        ]
        return new + changed + [name for name in ("listener", "pointer") if name not in there]

    def typed(self) -> str:
        """What was written to the terminal since the last call."""
        with contextlib.suppress(OSError):
            return os.read(self._terminal[0], 4096).decode(errors="replace")
        return ""

    def _label(self, name: str) -> tuple[object, ...]:
        """What `ls -l` would show of a file, and its attributes."""
        path = self.folder / name
        seen = path.stat()
        try:
            attributes = os.listxattr(path)
        except OSError:  # this file system has none
            attributes = []
        return seen.st_mode, seen.st_uid, seen.st_gid, seen.st_mtime_ns, tuple(attributes)

    def processes(self) -> list[int]:
        """Processes of this machine, in any namespace, that carry the token as their name or in their command line."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    words = (entry / "comm").read_bytes() + (entry / "cmdline").read_bytes()
                    if self.token.encode() in words:
                        found.append(int(entry.name))
        return found

    def _port(self, name: str) -> int:
        listener = self._listeners.get(name)
        return int(listener.getsockname()[1]) if listener else 0

    def _open_terminal(self) -> None:
        """A terminal of the host that everybody may write to; none where the machine has none left."""
        with contextlib.suppress(OSError):
            ours, theirs = os.openpty()
            self._open.callback(os.close, ours)
            self._open.callback(os.close, theirs)
            os.fchmod(theirs, 0o666)
            os.set_blocking(ours, False)
            self._terminal = (ours, os.ttyname(theirs))

    def _listen(self) -> None:
        self._abstract = f"sangaku-{secrets.token_hex(6)}"
        kinds: list[tuple[str, int, int, object]] = [
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("unix", socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "listener")),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self._abstract}"),
        ]
        for name, family, kind, address in kinds:
            try:
                listener = self._open.enter_context(socket.socket(family, kind))
                listener.bind(address)  # type: ignore[arg-type]
            except OSError:
                continue  # no IPv6 here, say: that attack then finds no listener at port 0
            listener.setblocking(False)
            if kind == socket.SOCK_STREAM:
                listener.listen(16)
            self._listeners[name] = listener
        (self.folder / "listener").chmod(0o777)
