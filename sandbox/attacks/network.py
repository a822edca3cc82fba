"""Attacks on the network: sockets of every kind, packets by hand, libraries that connect for one, calls that make a socket by
another door, other processes' sockets, and what the kernel tells about the network.

It does not cover defects of the kernel's own network code, nor covert channels between programs that run at the same time.
"""

from __future__ import annotations

import inspect
import platform
import socket
import subprocess
import sys
from pathlib import Path

from sandbox.attacks import checks
from sandbox.attacks.attack import Attack
from sandbox.attacks.ring import RING, ring_missing
from sandbox.base import Limits, Profile

__all__ = ["ATTACKS"]

REACHES = (checks.no_success, checks.no_connection)


def _no_ipv6(profile: Profile) -> str:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return "this machine has no IPv6"
    return ""


def _no_mptcp(profile: Profile) -> str:
    return "" if _kernel_makes(socket.AF_INET, socket.SOCK_STREAM, 262) else "this kernel has no multipath TCP"


def _no_vsock(profile: Profile) -> str:
    return "" if _kernel_makes(40, socket.SOCK_STREAM, 0) else "this kernel has no vsock"


def _no_alg(profile: Profile) -> str:
    return "" if _kernel_makes(38, socket.SOCK_SEQPACKET, 0) else "this kernel's cryptography has no sockets"


def _no_uevent(profile: Profile) -> str:
    return "" if _kernel_makes(16, socket.SOCK_RAW, 15) else "this kernel sends no device events"


def _kernel_makes(family: int, kind: int, protocol: int) -> bool:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True


def _no_ring(profile: Profile) -> str:
    return ring_missing()


def _no_tun(profile: Profile) -> str:
    return "" if Path("/dev/net/tun").exists() else "this machine has no /dev/net/tun"


def _sockets_of_the_machine() -> bytes:
    """All TCP sockets, as the kernel's sock_diag lists them."""
    import socket
    import struct

    with socket.socket(16, socket.SOCK_RAW, 4) as link:
        link.settimeout(1)
        link.send(struct.pack("=IHHII4BI48x", 72, 20, 0x301, 1, 0, 2, 6, 0, 0, 0xFFFFFFFF))
        return link.recv(1 << 16)


def _no_diag(profile: Profile) -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        try:
            listed = _sockets_of_the_machine()
        except OSError:
            listed = b""
        known = server.getsockname()[1].to_bytes(2, "big") in listed
    return "" if known else "this kernel does not list its sockets"


# eax, ebx, ecx from the three arguments of a C function; int 0x80; eax back.
_INT80 = """
import mmap
libc.mmap.restype = ctypes.c_void_p
page = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x62, -1, ctypes.c_long(0))
code = bytes.fromhex("5389f889f389d1cd805bc3")
ctypes.memmove(page, code, len(code))
call32 = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int)(page)
"""


def _no_int80(profile: Profile) -> str:
    if platform.machine() != "x86_64":
        return "only x86-64 has a second door for 32-bit programs"
    program = f"import ctypes, os\nlibc = ctypes.CDLL(None)\n{_INT80}\nprint(call32(20, 0, 0) == os.getpid())"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    return "" if ran.stdout == b"True\n" else "this kernel has no 32-bit system calls"


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="tcp-connect",
        family="network",
        aim="connect to a server on this machine over IPv4",
        defence="sockets",
        program="""
import socket
socket.create_connection(("127.0.0.1", scene["tcp_port"]), timeout=2).close()
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="tcp6-connect",
        family="network",
        aim="connect to a server on this machine over IPv6",
        defence="sockets",
        program="""
import socket
socket.create_connection(("::1", scene["tcp6_port"]), timeout=2).close()
reached()
""",
        check=REACHES,
        needs=_no_ipv6,
    ),
    Attack(
        name="mapped-address",
        family="network",
        aim="connect over an IPv6 socket to an IPv4 address that is written as an IPv6 one",
        defence="sockets",
        program="""
import socket
s = socket.socket(socket.AF_INET6)
s.settimeout(2)
s.connect(("::ffff:127.0.0.1", scene["tcp_port"]))
reached()
""",
        check=REACHES,
        needs=_no_ipv6,
    ),
    Attack(
        name="any-address",
        family="network",
        aim="connect to the address 0.0.0.0, which stands for this machine",
        defence="sockets",
        program="""
import socket
socket.create_connection(("0.0.0.0", scene["tcp_port"]), timeout=2).close()
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="udp-send",
        family="network",
        aim="send a datagram to a server on this machine",
        defence="sockets",
        program="""
import socket
sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", scene["udp_port"]))
reached(sent)
""",
        check=REACHES,
    ),
    Attack(
        name="fast-open",
        family="network",
        aim="open a TCP connection by sending, without the call connect",
        defence="sockets",
        program="""
import socket
s = socket.socket()
s.settimeout(2)
s.sendto(b"hello", 0x20000000, ("127.0.0.1", scene["tcp_port"]))
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="multipath-tcp",
        family="network",
        aim="connect with multipath TCP, which rules for TCP may not know",
        defence="sockets",
        program="""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
s.settimeout(2)
s.connect(("127.0.0.1", scene["tcp_port"]))
reached()
""",
        check=REACHES,
        needs=_no_mptcp,
    ),
    Attack(
        name="unix-path",
        family="network",
        aim="connect to a socket file of the host",
        defence="sockets",
        program="""
import socket
socket.socket(socket.AF_UNIX).connect(scene["unix_path"])
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="unix-abstract",
        family="network",
        aim="connect to a socket of the host that has a name but no file",
        defence="sockets",
        program="""
import socket
socket.socket(socket.AF_UNIX).connect(chr(0) + scene["abstract"])
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="unix-bind",
        family="network",
        aim="offer a service of its own in a folder of the host",
        defence="sockets",
        program="""
import socket
s = socket.socket(socket.AF_UNIX)
s.bind(scene["folder"] + "/" + scene["token"])
s.listen()
reached()
""",
        check=(checks.no_success, checks.no_writing),
    ),
    Attack(
        name="socketpair",
        family="network",
        aim="make a pair of connected sockets",
        defence="sockets",
        program="""
import socket
a, b = socket.socketpair()
a.send(b"hello")
reached(b.recv(5))
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="hand-over-descriptor",
        family="network",
        aim="hand one of its descriptors to a process of the host",
        defence="sockets",
        program="""
import array, socket
s = socket.socket(socket.AF_UNIX)
s.connect(scene["unix_path"])
s.sendmsg([b"take"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1]))])
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="listen",
        family="network",
        aim="wait for connections on a TCP port",
        defence="sockets",
        program="""
import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
reached(s.getsockname())
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="multicast",
        family="network",
        aim="join a multicast group",
        defence="sockets",
        program="""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
group = socket.inet_aton("239.255.77.77") + socket.inet_aton("127.0.0.1")
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
reached()
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="raw-packet",
        family="network",
        aim="send a datagram whose header it has written itself",
        defence="privileges",
        program="""
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
s.sendto(struct.pack("!4H", 53, scene["udp_port"], 13, 0) + b"hello", ("127.0.0.1", 0))
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="sniff",
        family="network",
        aim="read other processes' traffic off an interface",
        defence="privileges",
        program="""
import socket
s = socket.socket(17, socket.SOCK_RAW, socket.htons(3))
s.bind(("lo", 0))
s.settimeout(1)
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(scene["token"].encode(), ("127.0.0.1", scene["udp_port"]))
while scene["token"].encode() not in s.recv(4096):
    pass
reached("read a packet")
""",
        check=REACHES,
    ),
    Attack(
        name="interfaces",
        family="network",
        aim="have the kernel list the network interfaces",
        defence="sockets",
        program="""
import socket, struct
s = socket.socket(16, socket.SOCK_RAW, 0)
s.settimeout(1)
s.send(struct.pack("=IHHIIB3x", 20, 18, 0x301, 1, 0, 0))
if b"lo" in s.recv(1 << 16):
    reached("the list")
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="sockets-of-others",
        family="network",
        aim="have the kernel list the connections of the whole machine",
        defence="sockets",
        program=f"""
{inspect.getsource(_sockets_of_the_machine)}
if scene["tcp_port"].to_bytes(2, "big") in _sockets_of_the_machine():
    reached("the host's listener is in the list")
""",
        check=(checks.no_success,),
        needs=_no_diag,
    ),
    Attack(
        name="device-events",
        family="network",
        aim="listen to the kernel's messages about devices",
        defence="sockets",
        program="""
import socket
s = socket.socket(16, socket.SOCK_RAW, 15)
s.bind((0, 1))
reached()
""",
        check=(checks.no_success,),
        needs=_no_uevent,
    ),
    Attack(
        name="vsock",
        family="network",
        aim="open a line between a virtual machine and its host",
        defence="sockets",
        program="""
import socket
s = socket.socket(40, socket.SOCK_STREAM)
s.bind((0xffffffff, 0xffffffff))
reached(s.getsockname())
""",
        check=(checks.no_success,),
        needs=_no_vsock,
    ),
    Attack(
        name="kernel-cryptography",
        family="network",
        aim="call the kernel's cryptography through a socket",
        defence="sockets",
        program="""
import socket
s = socket.socket(38, socket.SOCK_SEQPACKET)
s.bind(("hash", "sha256"))
reached()
""",
        check=(checks.no_success,),
        needs=_no_alg,
    ),
    Attack(
        name="metadata-service",
        family="network",
        aim="find a way to 169.254.169.254, where clouds hand out credentials (it sends nothing)",
        defence="sockets",
        program="""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    s.connect(("169.254.169.254", 80))
    reached("the way goes through", s.getsockname()[0])
except OSError as error:
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        reached("the kernel looked for a way")
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="dns",
        family="network",
        aim="carry data out in the name that it asks the resolver for",
        defence="sockets",
        program="""
import signal, struct
resolver = ctypes.CDLL("libresolv.so.2")
resolver.__res_state.restype = ctypes.c_void_p
state = resolver.__res_state()
resolver.__res_ninit(ctypes.c_void_p(state))
server = struct.pack("=H", 2) + struct.pack("!H", scene["udp_port"]) + bytes([127, 0, 0, 1])
ctypes.memmove(state + 16, struct.pack("=i", 1) + server, 12)
signal.setitimer(signal.ITIMER_REAL, 0.3)
query = getattr(resolver, "__res_nquery", None) or resolver.res_nquery
query(ctypes.c_void_p(state), (scene["token"] + ".example").encode(), 1, 1, ctypes.create_string_buffer(512), 512)
""",
        check=(checks.no_connection,),
    ),
    Attack(
        name="urllib",
        family="network",
        aim="fetch a page with Python's own web client",
        defence="sockets",
        program="""
import urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{scene['tcp_port']}/{scene['token']}", timeout=0.2)
""",
        check=(checks.no_connection,),
    ),
    Attack(
        name="asyncio",
        family="network",
        aim="connect through an event loop",
        defence="sockets",
        program="""
import asyncio
async def go():
    await asyncio.wait_for(asyncio.open_connection("127.0.0.1", scene["tcp_port"]), 1)
    reached()
asyncio.run(go())
""",
        check=REACHES,
    ),
    Attack(
        name="numpy-address",
        family="network",
        aim="have numpy look for a table at a web address",
        defence="sockets",
        program="""
import numpy.lib.npyio
numpy.lib.npyio.DataSource("/tmp").exists(f"http://127.0.0.1:{scene['tcp_port']}/{scene['token']}")
""",
        check=(checks.no_connection,),
        limits=Limits(wall_s=0.5, memory_mb=256),
    ),
    Attack(
        name="io-uring",
        family="network",
        aim="have io_uring make and connect a socket, without the calls for it",
        defence="sockets",
        program=f"""
import struct
{RING}
made = submit(45, 2, offset=1)
where = ctypes.create_string_buffer(struct.pack("=H", 2) + struct.pack("!H", scene["tcp_port"]) + bytes([127, 0, 0, 1]) + bytes(8))
if submit(16, made, address=ctypes.addressof(where), offset=16) == 0:
    reached()
""",
        check=REACHES,
        needs=_no_ring,
    ),
    Attack(
        name="32-bit-door",
        family="network",
        aim="make a socket through the system calls of 32-bit programs, whose numbers are different",
        defence="sockets",
        program=f"""
import socket
{_INT80}
ctypes.memmove(page + 1024, (ctypes.c_uint32 * 3)(2, 1, 0), 12)
made = call32(102, 1, page + 1024)
if made >= 0:
    socket.socket(fileno=made).connect(("127.0.0.1", scene["tcp_port"]))
    reached()
""",
        check=REACHES,
        needs=_no_int80,
    ),
    Attack(
        name="steal-socket",
        family="network",
        aim="take a connected socket out of another process and send on it",
        defence="tracing",
        program="""
other = syscall("pidfd_open", scene["victim"], 0)
os.write(syscall("pidfd_getfd", other, 1, 0), b"hello")
reached()
""",
        check=REACHES,
    ),
    Attack(
        name="inherited-descriptor",
        family="network",
        aim="find a connection that the worker left open in it",
        defence="descriptors",
        program="""
found = []
for number in range(3, 1024):
    try:
        found.append((number, oct(os.fstat(number).st_mode)))
    except OSError:
        pass
if found:
    reached(found)
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="join-network",
        family="network",
        aim="move into the network of another process",
        defence="privileges",
        program="""
syscall("setns", os.open(f"/proc/{scene['victim']}/ns/net", os.O_RDONLY), 0x40000000)
reached()
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="new-interface",
        family="network",
        aim="make a network interface of its own",
        defence="privileges",
        program="""
import fcntl, struct
tun = os.open("/dev/net/tun", os.O_RDWR)
made = fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", scene["token"][:15].encode(), 0x1002))
reached(made[:16].rstrip(bytes(1)))
""",
        check=(checks.no_success,),
        needs=_no_tun,
    ),
    Attack(
        name="proc-net",
        family="network",
        aim="read the list of open ports in /proc",
        defence="reading",
        program="""
if f":{scene['tcp_port']:04X}" in open("/proc/net/tcp").read():
    reached("the host's listener is in the list")
""",
        check=(checks.no_success,),
    ),
    Attack(
        name="sys-net",
        family="network",
        aim="list the network interfaces in /sys",
        defence="reading",
        program="""
reached(os.listdir("/sys/class/net"))
""",
        check=(checks.no_success,),
    ),
)
