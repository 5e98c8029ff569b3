"""Benchmarks: `python -m tests.bench [NAME …]`; what the figures say is told in docs/performance.md.

Each figure is a ratio to the raw primitive, or to another way of doing the same, measured in the same run and
by turns with it. Nothing here has a limit that it could fail.
"""
