"""What the kernel says of memory: how much is mapped, and whether it has killed for lack of it."""

import os

__all__ = ["OomKills", "mapped_bytes"]


class OomKills:
    """How often the kernel has killed for memory in this container; 0 where the cgroup does not show it."""

    def __init__(self) -> None:
        self.descriptor: int | None = None
        for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
            try:
                self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                break
            except OSError:
                continue

    def read(self) -> int:
        if self.descriptor is None:
            return 0
        for line in os.pread(self.descriptor, 4096, 0).splitlines():
            name, _, value = line.partition(b" ")
            if name == b"oom_kill":
                return int(value)
        return 0


def mapped_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
