"""The long runs: what is varied, one run, many side by side, their tables, intervals, figures."""
