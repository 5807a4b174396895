"""Long work in pieces: a run can be told to stop after some seconds, and goes on when run again."""

import time

STATUS = 75  # EX_TEMPFAIL: run me again

_due = None


def stop_after(seconds):
    global _due
    _due = None if seconds is None else time.monotonic() + seconds


def stop_if_due():
    """To be called where everything done so far is kept."""
    if _due is not None and time.monotonic() > _due:
        print("stopped; the same command goes on from here", flush=True)
        raise SystemExit(STATUS)
