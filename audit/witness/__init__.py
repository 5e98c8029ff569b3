"""A witness for transparency logs: C2SP tlog-witness in one small process. `docs/witness.md` tells how to run it."""
