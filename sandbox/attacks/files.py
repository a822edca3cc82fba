"""Attacks on files: reading what is not Python's own, writing outside the scratch directory, changing what `ls -l` shows, and
filling or fouling the scratch directory.

It does not cover which files exist, and their sizes: on the backend `process` a program can ask for those. Nor does it cover
defects of a file system.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from pathlib import Path

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack
from sandbox.attacks.ring import RING, ring_missing
from sandbox.base import Limits, Profile

__all__ = ["ATTACKS"]

SECRET = (checks.no_secret,)
SUCCESS = (checks.no_success,)
WRITING = (checks.no_success, checks.no_writing)
ROOMY = Limits(wall_s=5, memory_mb=512, file_mb=256)
DISKS = ("vda", "sda", "nvme0n1", "xvda", "mmcblk0", "dm-0", "loop0")
GROUPS = ("/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs")


def _no_ring(profile: Profile) -> str:
    return ring_missing()


def _no_disk(profile: Profile) -> str:
    return "" if any(Path("/dev", name).exists() for name in DISKS) else "this machine shows no disk"


def _no_memory_device(profile: Profile) -> str:
    return "" if Path("/dev/mem").exists() else "this machine has no /dev/mem"


def _no_kernel_log(profile: Profile) -> str:
    return "" if Path("/dev/kmsg").exists() else "this machine has no /dev/kmsg"


def _no_groups(profile: Profile) -> str:
    return "" if any(Path(path).exists() for path in GROUPS) else "this machine has no control groups"


def _no_handles(profile: Profile) -> str:
    """The file system of the scene gives handles of its files."""
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        handle = (ctypes.c_uint32 * 34)(128)
        mount, libc = ctypes.c_int(), ctypes.CDLL(None)
        if not hasattr(libc, "name_to_handle_at"):
            return "this C library has no file handles"
        made = libc.name_to_handle_at(-100, file.name.encode(), ctypes.byref(handle), ctypes.byref(mount), 0)
    return "" if made == 0 else "the file system of /tmp has no handles"


def _no_attributes(profile: Profile) -> str:
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        try:
            os.setxattr(file.name, "user.probe", b"1")
        except OSError:
            return "the file system of /tmp keeps no attributes"
    return ""


def _no_terminal(profile: Profile) -> str:
    try:
        ours, theirs = os.openpty()
    except OSError:
        return "this machine has no terminal to give"
    os.close(ours)
    os.close(theirs)
    return ""


READING: tuple[Attack, ...] = (
    Attack(
        name="read-by-path",
        family="files",
        aim="read a file of the host",
        defence="reading",
        program="""
print(open(scene["secret_path"]).read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-climbing",
        family="files",
        aim="read a file of the host on a path that starts in Python's own library",
        defence="reading",
        program="""
print(open(os.path.dirname(os.__file__) + "/.." * 30 + scene["secret_path"]).read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-from-within",
        family="files",
        aim="go into a folder of the host and read there",
        defence="reading",
        program="""
os.chdir(scene["folder"])
print(open("secret").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-folder-descriptor",
        family="files",
        aim="read a file by its name in a folder that it holds only as a place",
        defence="reading",
        program="""
folder = os.open(scene["folder"], os.O_PATH)
print(os.read(os.open("secret", os.O_RDONLY, dir_fd=folder), 64))
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-reopening",
        family="files",
        aim="hold a file as a place and open it again through its own descriptor",
        defence="reading",
        program="""
place = os.open(scene["secret_path"], os.O_PATH)
print(open(f"/proc/self/fd/{place}").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-openat2",
        family="files",
        aim="read a file with the newer call for opening",
        defence="reading",
        program="""
print(os.read(syscall("openat2", -100, scene["secret_path"].encode(), bytes(24), 24), 64))
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-io-uring",
        family="files",
        aim="have io_uring open and read a file",
        defence="reading",
        program=f"""
{RING}
path, room = ctypes.create_string_buffer(scene["secret_path"].encode()), ctypes.create_string_buffer(64)
opened = submit(18, -100, address=ctypes.addressof(path))
submit(22, opened, address=ctypes.addressof(room), length=64)
print(room.value)
""",
        check=SECRET,
        needs=_no_ring,
    ),
    Attack(
        name="read-by-handle",
        family="files",
        aim="open a file by its number on the disk, as some have left containers",
        defence="privileges",
        program="""
handle, mount = (ctypes.c_uint32 * 34)(128), ctypes.c_int()
syscall("name_to_handle_at", -100, scene["secret_path"].encode(), handle, ctypes.byref(mount), 0)
folder = os.open(scene["folder"], os.O_RDONLY)
print(os.read(syscall("open_by_handle_at", folder, handle, 0), 64))
""",
        check=SECRET,
        needs=_no_handles,
    ),
    Attack(
        name="read-through-link",
        family="files",
        aim="read a file of the host through a link in the scratch directory",
        defence="reading",
        program="""
os.symlink(scene["secret_path"], "link")
print(open("link").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-own-root",
        family="files",
        aim="read a file of the host through /proc/self/root",
        defence="reading",
        program="""
print(open("/proc/self/root" + scene["secret_path"]).read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-others-root",
        family="files",
        aim="read a file of the host through the root directory of other processes",
        defence="reading",
        program="""
for pid in (1, os.getppid(), scene["host_pid"], scene["victim"]):
    try:
        print(open(f"/proc/{pid}/root" + scene["secret_path"]).read())
    except OSError as error:
        print(error)
""",
        check=SECRET,
    ),
    Attack(
        name="read-others-folder",
        family="files",
        aim="read a file through the working directory of another process",
        defence="reading",
        program="""
print(open(f"/proc/{scene['victim']}/cwd/secret").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-others-descriptor",
        family="files",
        aim="read a file that another process holds open",
        defence="reading",
        program="""
print(open(f"/proc/{scene['victim']}/fd/0").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-others-environment",
        family="files",
        aim="read the environment of another process",
        defence="reading",
        program="""
print(open(f"/proc/{scene['victim']}/environ").read())
""",
        check=SECRET,
    ),
    Attack(
        name="read-others-memory",
        family="files",
        aim="read the memory of another process as a file",
        defence="reading",
        program="""
stack = next(line for line in open(f"/proc/{scene['victim']}/maps") if "[stack]" in line)
start, end = (int(text, 16) for text in stack.split()[0].split("-"))
memory = os.open(f"/proc/{scene['victim']}/mem", os.O_RDONLY)
held = os.pread(memory, end - start, start)
print(held[held.index(scene["variable"].encode() + b"="):][:100])
""",
        check=SECRET,
    ),
    Attack(
        name="read-worker-layout",
        family="files",
        aim="read where the worker's memory lies",
        defence="tracing",
        program="""
reached(open(f"/proc/{os.getppid()}/maps").readline())
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-own-layout",
        family="files",
        aim="read where its own memory lies, which is chosen at random for safety",
        defence="reading",
        program="""
reached(open("/proc/self/maps").readline())
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-mounts",
        family="files",
        aim="read what the machine has mounted",
        defence="reading",
        program="""
reached(open("/proc/self/mountinfo").readline())
""",
        check=SUCCESS,
    ),
    Attack(
        name="list-processes",
        family="files",
        aim="list the processes of the host with their commands",
        defence="reading",
        program="""
for name in os.listdir("/proc"):
    if name == str(scene["victim"]):
        reached(open(f"/proc/{name}/cmdline").read())
""",
        check=SUCCESS,
    ),
    Attack(
        name="list-folder",
        family="files",
        aim="list a folder of the host",
        defence="reading",
        program="""
if "secret" in os.listdir(scene["folder"]):
    reached("the names")
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-link-target",
        family="files",
        aim="read where a link of the host points to",
        defence="reading",
        program="""
print(os.readlink(scene["folder"] + "/pointer"))
""",
        check=SECRET,
    ),
    Attack(
        name="watch-folder",
        family="files",
        aim="have the kernel report what the host does in a folder",
        defence="kernel",
        program="""
watch = syscall("inotify_init1", 0)
reached(syscall("inotify_add_watch", watch, scene["folder"].encode(), 0xfff))
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-users",
        family="files",
        aim="read who the users of the machine are",
        defence="reading",
        program="""
reached(open("/etc/passwd").readline())
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-other-packages",
        family="files",
        aim="read packages of the user's that no program needs",
        defence="reading",
        program="""
for folder in sys.path:
    try:
        reached(open(folder + "/pydantic/version.py").readline())
    except OSError as error:
        print(error)
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-passwords",
        family="files",
        aim="read the users' encrypted passwords",
        defence="privileges",
        program="""
reached(len(open("/etc/shadow").read()))
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-machine-facts",
        family="files",
        aim="read facts of the machine in /sys",
        defence="reading",
        program="""
reached(open("/sys/devices/system/cpu/possible").read())
""",
        check=SUCCESS,
    ),
    Attack(
        name="read-disk",
        family="files",
        aim="read a disk without its file system",
        defence="privileges",
        program=f"""
for name in {DISKS}:
    try:
        os.read(os.open("/dev/" + name, os.O_RDONLY), 1)
        reached(name)
    except OSError as error:
        print(error)
""",
        check=SUCCESS,
        needs=_no_disk,
    ),
    Attack(
        name="read-physical-memory",
        family="files",
        aim="open the machine's physical memory",
        defence="privileges",
        program="""
reached(os.open("/dev/mem", os.O_RDONLY))
""",
        check=SUCCESS,
        needs=_no_memory_device,
    ),
    Attack(
        name="read-kernel-log",
        family="files",
        aim="read the kernel's log",
        defence="privileges",
        program="""
reached(len(os.read(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK), 8192)))
""",
        check=SUCCESS,
        needs=_no_kernel_log,
    ),
    Attack(
        name="read-by-numpy",
        family="files",
        aim="have numpy read a file of the host into an array",
        defence="reading",
        program="""
import numpy
print(bytes(numpy.fromfile(scene["secret_path"], dtype="u1")))
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-mapping",
        family="files",
        aim="have numpy map a file of the host into memory",
        defence="reading",
        program="""
import numpy
print(bytes(numpy.memmap(scene["secret_path"], mode="r")))
""",
        check=SECRET,
    ),
    Attack(
        name="read-by-traceback",
        family="files",
        aim="have an error message quote a file of the host as source",
        defence="reading",
        program="""
exec(compile("1 / 0", scene["secret_path"], "exec"))
""",
        check=SECRET,
    ),
)

CHANGING: tuple[Attack, ...] = (
    Attack(
        name="create",
        family="files",
        aim="make a file in a folder of the host",
        defence="writing",
        program="""
open(scene["folder"] + "/" + scene["token"], "w").close()
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="overwrite",
        family="files",
        aim="write over a file of the host",
        defence="writing",
        program="""
file = os.open(scene["precious_path"], os.O_WRONLY)
reached(os.write(file, b"spoiled!"))
""",
        check=WRITING,
    ),
    Attack(
        name="truncate",
        family="files",
        aim="cut a file of the host short",
        defence="writing",
        program="""
os.truncate(scene["precious_path"], 0)
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="truncate-by-reading",
        family="files",
        aim="empty a file of the host by opening it for reading",
        defence="writing",
        program="""
os.open(scene["precious_path"], os.O_RDONLY | os.O_TRUNC)
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="rename",
        family="files",
        aim="rename a file of the host",
        defence="writing",
        program="""
os.rename(scene["precious_path"], scene["precious_path"] + scene["token"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="remove",
        family="files",
        aim="remove a file of the host",
        defence="writing",
        program="""
os.unlink(scene["precious_path"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="make-folder",
        family="files",
        aim="make a folder on the host",
        defence="writing",
        program="""
os.mkdir(scene["folder"] + "/" + scene["token"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="make-folder-by-io-uring",
        family="files",
        aim="have io_uring make a folder on the host",
        defence="sockets",
        program=f"""
{RING}
path = ctypes.create_string_buffer((scene["folder"] + "/" + scene["token"]).encode())
if submit(37, -100, address=ctypes.addressof(path), length=0o700) == 0:
    reached()
""",
        check=WRITING,
        needs=_no_ring,
    ),
    Attack(
        name="plant-link",
        family="files",
        aim="leave a link where the host would follow it",
        defence="writing",
        program="""
os.symlink("/etc/passwd", scene["folder"] + "/" + scene["token"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="second-name",
        family="files",
        aim="give a file of the host a second name",
        defence="writing",
        program="""
os.link(scene["precious_path"], scene["folder"] + "/" + scene["token"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="nameless-file",
        family="files",
        aim="make a file without a name on the host and name it later",
        defence="writing",
        program="""
file = os.open(scene["folder"], os.O_WRONLY | os.O_TMPFILE, 0o600)
name = scene["folder"] + "/" + scene["token"]
if libc.linkat(-100, b"/proc/self/fd/%d" % file, -100, name.encode(), 0x400) == 0:
    reached()
""",
        check=WRITING,
    ),
    Attack(
        name="named-pipe",
        family="files",
        aim="leave a named pipe in a folder of the host",
        defence="writing",
        program="""
os.mkfifo(scene["folder"] + "/" + scene["token"])
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="device-file",
        family="files",
        aim="make a device file",
        defence="privileges",
        program="""
os.mknod(scene["folder"] + "/" + scene["token"], 0o020600, os.makedev(1, 3))
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="overwrite-through-link",
        family="files",
        aim="write over a file of the host through a link in the scratch directory",
        defence="writing",
        program="""
os.symlink(scene["precious_path"], "link")
open("link", "w").write("spoiled!")
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="overwrite-by-mapping",
        family="files",
        aim="write over a file of the host in memory, through numpy",
        defence="writing",
        program="""
import numpy
held = numpy.memmap(scene["precious_path"], mode="r+")
held[:] = 0
held.flush()
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="temporary-folder",
        family="files",
        aim="leave a message in the temporary folders of the machine",
        defence="writing",
        program="""
for folder in ("/tmp", "/var/tmp"):
    try:
        open(f"{folder}/{scene['token']}", "x").close()
        os.unlink(f"{folder}/{scene['token']}")
        reached(folder)
    except OSError as error:
        print(error)
""",
        check=SUCCESS,
    ),
    Attack(
        name="shared-memory-folder",
        family="files",
        aim="leave a message in the memory that processes share by name",
        defence="writing",
        program="""
open("/dev/shm/" + scene["token"], "x").close()
os.unlink("/dev/shm/" + scene["token"])
reached()
""",
        check=SUCCESS,
    ),
    Attack(
        name="beside-numpy",
        family="files",
        aim="leave a module beside numpy's own, for the next worker to import",
        defence="privileges",
        program="""
import numpy
path = os.path.join(os.path.dirname(numpy.__file__), scene["token"] + ".py")
open(path, "x").close()
os.unlink(path)
reached()
""",
        check=SUCCESS,
    ),
    Attack(
        name="library-source",
        family="files",
        aim="open a module of Python's library for writing",
        defence="privileges",
        program="""
reached(os.open(os.__file__, os.O_RDWR))
""",
        check=SUCCESS,
    ),
    Attack(
        name="worker-source",
        family="files",
        aim="open the worker's own program for writing",
        defence="privileges",
        program="""
reached(os.open(sys.modules["sandbox.worker.child"].__file__, os.O_WRONLY | os.O_APPEND))
""",
        check=SUCCESS,
    ),
    Attack(
        name="write-others-memory",
        family="files",
        aim="change the memory of another process as a file",
        defence="tracing",
        program="""
stack = next(line for line in open(f"/proc/{scene['victim']}/maps") if "[stack]" in line)
end = int(stack.split()[0].split("-")[1], 16)
memory = os.open(f"/proc/{scene['victim']}/mem", os.O_RDWR)
reached(os.pwrite(memory, os.pread(memory, 8, end - 8), end - 8))
""",
        check=SUCCESS,
    ),
    Attack(
        name="write-own-code",
        family="files",
        aim="write over memory of its own that is not to be written, through /proc",
        defence="tracing",
        program="""
code = ctypes.cast(libc.getpid, ctypes.c_void_p).value
memory = os.open("/proc/self/mem", os.O_RDWR)
reached(os.pwrite(memory, os.pread(memory, 1, code), code))
""",
        check=SUCCESS,
    ),
    Attack(
        name="oom-blame",
        family="files",
        aim="have the kernel end another process first when memory runs out",
        defence="writing",
        program="""
with open(f"/proc/{scene['victim']}/oom_score_adj", "r+") as file:
    file.write("500")
reached(open(f"/proc/{scene['victim']}/oom_score_adj").read())
""",
        check=SUCCESS,
    ),
    Attack(
        name="kernel-setting",
        family="files",
        aim="write a setting of the kernel (it writes the value that is there)",
        defence="privileges",
        program="""
with open("/proc/sys/vm/swappiness", "r+") as file:
    value = file.read()
    file.seek(0)
    file.write(value)
reached(value)
""",
        check=SUCCESS,
    ),
    Attack(
        name="control-group",
        family="files",
        aim="open the control groups of the machine, to leave its own",
        defence="privileges",
        program=f"""
for path in {GROUPS}:
    try:
        os.open(path, os.O_WRONLY)
        reached(path)
    except OSError as error:
        print(error)
""",
        check=SUCCESS,
        needs=_no_groups,
    ),
    Attack(
        name="write-terminal",
        family="files",
        aim="write to a terminal of the host",
        defence="writing",
        program="""
terminal = os.open(scene["terminal"], os.O_WRONLY | os.O_NOCTTY)
os.write(terminal, b"hello")
""",
        check=(checks.no_typing,),
        needs=_no_terminal,
    ),
    Attack(
        name="type-into-terminal",
        family="files",
        aim="type into a terminal of the host as if a person did",
        defence="privileges",
        program="""
import fcntl
terminal = os.open(scene["terminal"], os.O_RDWR)
for key in b"hello":
    fcntl.ioctl(terminal, 0x5412, bytes([key]))
reached()
""",
        check=SUCCESS,
        needs=_no_terminal,
    ),
    Attack(
        name="lease",
        family="files",
        aim="hold a file of the host so that nobody else can write to it",
        defence="writing",
        program="""
import fcntl
fcntl.fcntl(os.open(scene["precious_path"], os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)
reached()
""",
        check=SUCCESS,
    ),
    Attack(
        name="lock-library",
        family="files",
        aim="lock a module of Python's library against other processes",
        defence="kernel",
        program="""
import fcntl
fcntl.flock(os.open(os.__file__, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
reached()
""",
        check=SUCCESS,
    ),
    Attack(
        name="mode",
        family="files",
        aim="change who may read a file of the host",
        defence="metadata",
        program="""
os.chmod(scene["precious_path"], 0o600)
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="mode-by-descriptor",
        family="files",
        aim="change the mode of a file that it holds only as a place",
        defence="metadata",
        program="""
place = os.open(scene["precious_path"], os.O_PATH)
os.chmod(f"/proc/self/fd/{place}", 0o600)
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="group",
        family="files",
        aim="change the group of a file of the host",
        defence="privileges",
        program="""
os.chown(scene["precious_path"], -1, 12345)
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="times",
        family="files",
        aim="change the time of a file of the host",
        defence="metadata",
        program="""
os.utime(scene["precious_path"], (1, 1))
reached()
""",
        check=WRITING,
    ),
    Attack(
        name="attribute",
        family="files",
        aim="hang an attribute on a file of the host",
        defence="metadata",
        program="""
os.setxattr(scene["precious_path"], "user.note", b"hello")
reached()
""",
        check=WRITING,
        needs=_no_attributes,
    ),
    Attack(
        name="library-mode",
        family="files",
        aim="set the mode of a module that it may read, by its descriptor (it sets the one that is there)",
        defence="privileges",
        program="""
module = os.open(os.__file__, os.O_RDONLY)
os.fchmod(module, os.fstat(module).st_mode & 0o7777)
reached()
""",
        check=SUCCESS,
    ),
)

_LOOK = """
for place, folders, files in os.walk(".."):
    for name in folders + files:
        if scene["token"] in os.fsencode(name).decode(errors="replace"):
            reached(place, repr(name))
            raise SystemExit
"""
"""Whether something of an earlier program is there: a name with the token."""

_LOOK_DEEP = """
os.chdir("..")
depth = 0
while os.path.isdir(scene["token"]):
    os.chdir(scene["token"])
    depth += 1
for _ in range(depth):
    os.chdir("..")
    os.rmdir(scene["token"])
if depth:
    reached(depth)
"""
"""The same, for what no other tool can remove: it does so itself."""

SCRATCH: tuple[Attack, ...] = (
    Attack(
        name="leave-file",
        family="files",
        aim="leave a file beside its working directory for the next program",
        defence="wipe",
        program="""
open("../" + scene["token"], "w").write("read this")
""",
        follow=_LOOK,
        check=SUCCESS,
    ),
    Attack(
        name="leave-closed-folder",
        family="files",
        aim="leave a folder that nobody may look into, for the wipe to fail",
        defence="wipe",
        program="""
os.mkdir("../" + scene["token"], 0)
""",
        follow=_LOOK,
        check=SUCCESS,
    ),
    Attack(
        name="leave-dark-folder",
        family="files",
        aim="leave files in a folder that cannot be listed, for the wipe to fail",
        defence="wipe",
        program="""
os.mkdir("../" + scene["token"], 0o300)
open("../" + scene["token"] + "/inside", "w").close()
""",
        follow=_LOOK,
        check=SUCCESS,
    ),
    Attack(
        name="leave-deep-folders",
        family="files",
        aim="nest folders deeper than the wipe can follow",
        defence="wipe",
        program="""
os.chdir("..")
for _ in range(1500):
    os.mkdir(scene["token"])
    os.chdir(scene["token"])
""",
        follow=_LOOK_DEEP,
        check=SUCCESS,
    ),
    Attack(
        name="leave-odd-names",
        family="files",
        aim="leave names that are no text, or look like options",
        defence="wipe",
        program="""
token = scene["token"].encode()
for name in (bytes([255, 254]), b"-rf ", b"*", bytes([10]), b"x" * (255 - len(token)), "\\u202e".encode()):
    os.close(os.open(b"../" + name + token, os.O_CREAT | os.O_WRONLY))
""",
        follow=_LOOK,
        check=SUCCESS,
    ),
    Attack(
        name="leave-link",
        family="files",
        aim="have the wipe follow links into a folder of the host",
        defence="wipe",
        program="""
os.symlink(scene["folder"], "../" + scene["token"])
home = os.getcwd()
os.chdir("..")
os.rmdir(home)
os.symlink(scene["folder"], home)
""",
        follow=_LOOK,
        check=WRITING,
    ),
    Attack(
        name="take-next-folder",
        family="files",
        aim="take the place of the next program's working directory",
        defence="wipe",
        program="""
name, _, number = os.path.basename(os.getcwd()).partition("-")
os.mkdir(f"../{name}-{int(number) + 1}")
""",
        check=SUCCESS,
    ),
    Attack(
        name="fill",
        family="files",
        aim="fill the scratch directory with more than it may hold",
        defence="scratch-size",
        program="""
for number in range(10):
    with open(str(number), "wb") as file:
        for _ in range(15):
            file.write(bytes(1 << 20))
reached("150 MB")
""",
        check=SUCCESS,
    ),
    Attack(
        name="reserve",
        family="files",
        aim="reserve more of the scratch directory than it has",
        defence="scratch-size",
        program="""
os.posix_fallocate(os.open("reserved", os.O_CREAT | os.O_RDWR), 0, 150 << 20)
reached("150 MB")
""",
        check=SUCCESS,
        limits=ROOMY,
    ),
    Attack(
        name="fill-by-mapping",
        family="files",
        aim="fill the scratch directory through a mapped file with holes",
        defence="scratch-size",
        program="""
import mmap
with open("holes", "w+b") as file:
    file.truncate(150 << 20)
    held = mmap.mmap(file.fileno(), 0)
    for page in range(0, 150 << 20, 4096):
        held[page] = 1
reached("150 MB")
""",
        check=SUCCESS,
        limits=ROOMY,
    ),
    Attack(
        name="fill-without-names",
        family="files",
        aim="fill the scratch directory with files that are in no folder",
        defence="scratch-size",
        program="""
held = []
for _ in range(10):
    held.append(os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600))
    for _ in range(15):
        os.write(held[-1], bytes(1 << 20))
if sum(os.fstat(number).st_blocks for number in held) * 512 > 140 << 20:
    reached("150 MB")
""",
        check=SUCCESS,
    ),
    Attack(
        name="large-file",
        family="files",
        aim="write a file larger than it may",
        defence="file-size",
        program="""
with open("large", "wb", buffering=0) as file:
    while file.tell() < 4 << 20:
        file.write(bytes(1 << 18))
reached(os.path.getsize("large"))
""",
        check=SUCCESS,
        limits=Limits(wall_s=5, memory_mb=256, file_mb=1),
    ),
    Attack(
        name="sparse-file",
        family="files",
        aim="make a file with a hole of a terabyte",
        defence="file-size",
        program="""
with open("sparse", "wb") as file:
    file.truncate(1 << 40)
reached(os.path.getsize("sparse"))
""",
        check=SUCCESS,
    ),
    Attack(
        name="many-files",
        family="files",
        aim="make so many empty files that the kernel runs short of memory for them",
        defence="files-count",
        program="""
for number in range(60000):
    os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY))
reached(number)
""",
        check=SUCCESS,
    ),
    Attack(
        name="many-folders",
        family="files",
        aim="make more folders, side by side, than the wipe has time for",
        defence="files-count",
        program="""
for number in range(60000):
    os.mkdir(str(number))
reached(number)
""",
        check=SUCCESS,
    ),
    Attack(
        name="many-names",
        family="files",
        aim="give one file more names than the kernel has memory for",
        defence="files-count",
        program="""
open("file", "w").close()
for number in range(60000):
    os.link("file", str(number))
reached(number)
""",
        check=SUCCESS,
    ),
    Attack(
        name="many-descriptors",
        family="files",
        aim="hold more descriptors than it may",
        defence="open-files",
        program="""
reached(len([os.dup(1) for _ in range(200)]))
""",
        check=SUCCESS,
    ),
)

ATTACKS: tuple[Attack, ...] = (*READING, *CHANGING, *SCRATCH)
