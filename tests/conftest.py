"""Ctrl-C is heard by the tests, also where they are started in the background of a shell that ignores it."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
