"""Measurements of the real server beside others on the same machine; nothing is asserted.

    make bench                                    everything, three runs, into bench/results/
    make bench ARGS="pair --targets ours,relay"   one scenario, two targets
    make bench ARGS="faults --runs 1"             what becomes of edits when parts die or hang
    make bench ARGS="--quick"                     a glance in a few minutes, nothing is written
    make bench ARGS="pair --server-root DIR --against ."   two checkouts beside each other

`targets` starts the servers, `wire` and `people` are the load, `messages` counts edits,
`scenarios` measures, `figures` compares, `table` and `chart` show.
"""
