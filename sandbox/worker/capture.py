"""Keeps the head and the tail of what a child writes, counts the rest, and knows when it is a flood."""

import os

__all__ = ["Capture"]


class _Stream:
    def __init__(self, keep: int) -> None:
        self.half = keep // 2
        self.head = bytearray()
        self.tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = self.half - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        if len(self.tail) > 2 * self.half:
            del self.tail[: -self.half]

    def finish(self) -> tuple[str, int]:
        tail = bytes(self.tail[-self.half :])
        cut = self.total - len(self.head) - len(tail)
        head = self.head.decode("utf-8", "replace")
        if not cut:
            return (bytes(self.head) + tail).decode("utf-8", "replace"), 0
        return f"{head}\n… {cut} bytes left out …\n{tail.decode('utf-8', 'replace')}", cut


class Capture:
    """Reads the two pipes of a child. ``keep`` bytes of each; more than ``flood`` bytes in all is a flood."""

    def __init__(self, stdout: int, stderr: int, *, keep: int, flood: int) -> None:
        self.streams = {stdout: _Stream(keep), stderr: _Stream(keep)}
        self.flood = flood
        self.cut = 0
        for descriptor in self.streams:
            os.set_blocking(descriptor, False)

    @property
    def descriptors(self) -> list[int]:
        return list(self.streams)

    @property
    def flooded(self) -> bool:
        return sum(stream.total for stream in self.streams.values()) > self.flood

    def read(self, descriptor: int) -> bool:
        """Take what is there; False at the end of the stream."""
        try:
            data = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        self.streams[descriptor].add(data)
        return bool(data)

    def drain(self) -> None:
        """After the child's end: what is still in the pipes, then close them."""
        for descriptor, stream in self.streams.items():
            try:
                while data := os.read(descriptor, 1 << 16):
                    stream.add(data)
                    if self.flooded:
                        break
            except BlockingIOError:
                pass
            os.close(descriptor)

    def text(self) -> tuple[str, str]:
        (stdout, cut_out), (stderr, cut_err) = (stream.finish() for stream in self.streams.values())
        self.cut = cut_out + cut_err
        return stdout, stderr
