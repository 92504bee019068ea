"""Binds, listens, accepts, writes DATA and closes: the server of the experiment."""

import pyuv


def error(errorno):
    return pyuv.errno.errorcode.get(errorno, errorno)


def on_connection(server, errorno):
    if errorno is not None:
        raise SystemExit("connection callback: %s" % error(errorno))
    connection = pyuv.TCP(server.loop)
    server.accept(connection)
    print("accepted", flush=True)
    connection.write(b"DATA", on_written)
    server.close(lambda handle: print("listener closed", flush=True))


def on_written(connection, errorno):
    if errorno is not None:
        raise SystemExit("write callback: %s" % error(errorno))
    print("DATA written; closing", flush=True)
    connection.close(lambda handle: print("connection closed", flush=True))


loop = pyuv.Loop.default_loop()
listener = pyuv.TCP(loop)
listener.bind(("127.0.0.1", 0))
listener.listen(on_connection)
print("listening on 127.0.0.1 port %d" % listener.getsockname()[1], flush=True)
loop.run()
print("loop ended", flush=True)
