"""What the sandbox costs, measured in one run, interleaved, on the same programs: ``python -m benchmarks.sandbox [--json]``.

The definitions. Times are wall time in milliseconds, memory is in MiB (2**20 bytes, called MB), and a percentile is the
nearest rank: the smallest sample that at least p percent of all samples do not exceed (so with fewer than 100 samples p99 is the
largest). `workers` is the number of cores that this process may use; every pool has as many.

fork floor
    A bare zygote: a process of the same interpreter, OPENBLAS_NUM_THREADS=1, that has imported numpy and sympy and nothing
    else and has called gc.freeze. Asked through a pipe, it forks a child that calls os._exit(0) at once, and waits for it. The
    time is its own, from before the fork to after the wait: the pipe is not in it. `fork_floor_ms_p50`: one at a time.
    `fork_floor_ms_p99`: as many bare zygotes as workers, each forking in a loop at the same time.
warm
    From the call of ``await pool.run(program)`` to its return, on an open pool whose workers have run programs before.
    `warm_ms_p50`: the trivial program, one in flight. `warm_ms_p99`: the trivial program in `workers` loops, each with one
    program in flight, so that none ever waits for a worker. `sympy_ms_p50`: the program that imports sympy and solves an
    equation, one in flight.
fresh
    The same call with ``fresh=True``: a worker is started for the program and thrown away.
container for each program
    A container of the sandbox's image with the limits of a worker, in which ``python3 -c PROGRAM`` runs; through the Docker
    SDK, which is faster than the command ``docker run``. From before its creation until its output and its status are here;
    removing it is not counted, which is in its favour. `container_per_program_ms_p50` is that of the sympy program.
python -c
    ``python -c PROGRAM`` of the same interpreter: no isolation, no warm start.
programs per second
    Trivial programs with so many in flight, divided by the time from the first call to the last return; `programs_per_s` is
    that with twice as many in flight as there are cores.
private memory
    Of the bare zygote (`bare_zygote_mb`): Private_Clean + Private_Dirty of /proc/PID/smaps_rollup. Of a worker
    (`private_mb_per_worker`): the same, for all its processes together (the zygote, bwrap, children forked in advance),
    where an anonymous page that only processes of this worker share counts once (the sum of Pss_Anon), so that a child forked in
    advance cannot hide the zygote's memory; for a worker of one process the two are equal. The mean over the idle workers
    of the pool, after they ran programs. Pages of files that another process maps as well count for nobody: so with a single
    worker (one core) of docker, whose files nobody else maps, they come on top, about 20 MB that are not anonymous.
start-up
    From before ``open_sandbox`` to the first profile: a worker is up and has shown that it holds.

Interleaved: in each round every contender has one turn for every program, in an order shuffled with a fixed seed; slow
contenders take part in some of the rounds, spread evenly. In a turn a fast contender runs the program six times in a row,
and the samples are the last five; the first, which comes after a pause of 5 ms and after the programs of others, is told
apart (`first`). A first fork takes about twice as long as the next, on idle cores with cold caches; samples of it would make
the floor higher and the goals easier. What a contender does after an answer (wiping, forking in advance) falls into the next
sample of the row and is counted there; the pause lets it end before the turn of another. Slow contenders run the program
once in a turn. The loops (in flight) take turns as well, block after block. Python's garbage collector does not run in the
measuring process while it measures. Every answer is checked: a wrong one is an error, not a sample.

Not covered: the time that a program waits for a free worker, networks, machines with other load on them (the load average is
reported, nothing is corrected), and the memory of the Docker daemon.
"""
