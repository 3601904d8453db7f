"""The long runs: what is varied, one run, the grid of runs, their table, intervals and figures."""
