"""Uses of libraries and of sockets, each with a real server, in four ways. `python -m conformance.uses --help`."""
