"""Several boards at once.

Each board has a process of its own with one `Session` (`runner`), which outlives the suites that it runs: the bench's
modules are loaded once, and the record of a board is that of an ordinary run. pabot shares the suites out: where it
would start `robot` it starts `relay`, which asks the bench for a board that is free and waits until its suite has run.
"""
