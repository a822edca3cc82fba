"""What runs inside the sandbox: a zygote that imports numpy and sympy once, and forks one jailed child for each program.

Nothing here may import anything but the standard library, numpy, sympy and `sandbox.policy`; the host's packages are not there.
It does not cover: which namespaces surround it (the backends do), and queueing (the pool does).
"""
