"""The scratch directory: emptied after each program, whatever a program has made of it, and watched for too many files.

It does not cover how many bytes are in it: the tmpfs has a size.
"""

import os

__all__ = ["MOST_ENTRIES", "empty", "entries"]

MOST_ENTRIES = 4096
"""Files, folders and names. The kernel keeps about a kilobyte for each, which no limit of the program's own counts."""


def entries(folder: str) -> int:
    """How many entries the file system of ``folder`` has; 0 where it does not count them."""
    seen = os.statvfs(folder)
    return seen.f_files - seen.f_ffree


def empty(folder: str) -> None:
    """Remove everything in ``folder``. Raises OSError where something stays.

    Neither depth nor number nor modes matter: the folders of a folder are first moved up, one level at a time, so that nothing
    recurses and only one descriptor is open.
    """
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        moved = 0
        while names := os.listdir(top):
            for name in names:
                if not _remove(top, name):
                    moved = _raise_contents(top, name, moved)
    finally:
        os.close(top)


def _remove(top: int, name: str) -> bool:
    """Remove a file or an empty folder; False where it is a folder with something in it."""
    try:
        os.unlink(name, dir_fd=top)
        return True
    except (IsADirectoryError, PermissionError):
        pass
    try:
        os.rmdir(name, dir_fd=top)
        return True
    except OSError:
        return False


def _raise_contents(top: int, name: str, moved: int) -> int:
    """Unlink the files of one folder, move its folders to the top under new names, and remove it."""
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
    try:
        for entry in os.listdir(inner):
            if not _remove(inner, entry):
                os.chmod(entry, 0o700, dir_fd=inner)
                while True:
                    moved += 1
                    fresh = f"wiped-{moved}"
                    try:
                        os.stat(fresh, dir_fd=top, follow_symlinks=False)
                    except FileNotFoundError:
                        break
                os.rename(entry, fresh, src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
    return moved
