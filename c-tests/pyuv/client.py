"""Connects, starts reading and prints what the read callback gets: the client of
the experiment."""

import sys

import pyuv


def error(errorno):
    return pyuv.errno.errorcode.get(errorno, errorno)


def on_connected(connection, errorno):
    if errorno is not None:
        raise SystemExit("connect callback: %s" % error(errorno))
    print("connected", flush=True)
    connection.start_read(on_read)


def on_read(connection, data, errorno):
    name = "" if errorno is None else ", which is %s" % error(errorno)
    print("read callback: (%r, %r)%s" % (data, errorno, name), flush=True)
    if errorno is not None:
        connection.close(lambda handle: print("connection closed", flush=True))


loop = pyuv.Loop.default_loop()
pyuv.TCP(loop).connect(("127.0.0.1", int(sys.argv[1])), on_connected)
loop.run()
print("loop ended", flush=True)
