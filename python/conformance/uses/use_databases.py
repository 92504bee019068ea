"""Uses of redis-py with a redis-server, and of pg8000 with PostgreSQL."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

from ..servers import Address
from .registry import expect, raises, use

PG = ["pg8000.core"]


def redis_client(server: Address, **options: Any) -> Any:
    import redis

    return redis.Redis(host=server.host, port=server.port, **options)


@use("redis.connection", needs=["redis"])
def redis_values(redis_server: Address) -> None:
    with redis_client(redis_server) as client:
        value = bytes(range(256)) * 4096
        expect(client.set("key", value), True)
        expect(client.get("key"), value)
        expect(client.get("missing"), None)
        expect([client.incr("count") for _ in range(100)], list(range(1, 101)))
        client.hset("hash", mapping={"a": "1", "b": "2"})
        expect(client.hgetall("hash"), {b"a": b"1", b"b": b"2"})


@use("redis.connection", needs=["redis"])
def redis_pipeline(redis_server: Address) -> None:
    with redis_client(redis_server) as client:
        with client.pipeline() as pipeline:
            for number in range(1000):
                pipeline.rpush("list", number)
            expect(pipeline.execute()[-1], 1000)
        expect(client.lrange("list", 0, -1), [b"%d" % number for number in range(1000)])


@use("redis.connection", needs=["redis"])
def redis_pubsub(redis_server: Address) -> None:
    """Messages of another thread's client arrive; get_message without one returns after its timeout."""
    client = redis_client(redis_server)
    channel = client.pubsub(ignore_subscribe_messages=True)
    channel.subscribe("channel")
    while channel.get_message(timeout=0.05) is None and client.pubsub_numsub("channel") != [(b"channel", 1)]:
        pass
    expect(channel.get_message(timeout=0.05), None)

    def publish() -> None:
        with redis_client(redis_server) as other:
            for number in range(5):
                other.publish("channel", number)

    thread = threading.Thread(target=publish)
    thread.start()
    received = []
    for message in channel.listen():
        received.append(message["data"])
        if len(received) == 5:
            break
    thread.join()
    expect(received, [b"0", b"1", b"2", b"3", b"4"])
    channel.close()
    client.close()


@use("redis.connection", needs=["redis"])
def redis_blocking_pop(redis_server: Address) -> None:
    """BLPOP gives up after its own timeout, takes a value pushed meanwhile, and the socket's timeout ends it."""
    import redis

    with redis_client(redis_server) as client:
        start = time.monotonic()
        expect(client.blpop("queue", timeout=0.3), None)
        expect(time.monotonic() - start >= 0.25, True)

        def push() -> None:
            with redis_client(redis_server) as other:
                other.rpush("queue", "value")

        timer = threading.Timer(0.1, push)
        timer.start()
        expect(client.blpop("queue", timeout=5), (b"queue", b"value"))
        timer.join()
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    with redis_client(redis_server, socket_timeout=0.1, retry=Retry(NoBackoff(), 0)) as client:
        with raises(redis.TimeoutError):
            client.blpop("queue", timeout=3)


def pg(server: Address) -> Any:
    import pg8000.native

    return pg8000.native.Connection("tester", host=server.host, port=server.port, database="postgres",
                                    password="secret")


@use(*PG, needs=["pg8000"])
def pg_query(postgres: Address) -> None:
    """Parameters, many rows, an error after which the connection goes on, a transaction that ends with ROLLBACK."""
    import pg8000.exceptions

    connection = pg(postgres)
    expect(connection.run("SELECT :a || 'x', 1 + :b", a="text", b=2), [["textx", 3]])
    expect(len(connection.run("SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n")), 20000)
    with raises(pg8000.exceptions.DatabaseError) as caught:
        connection.run("SELECT 1 / 0")
    expect(caught.value.args[0]["C"], "22012")
    connection.run("CREATE TEMPORARY TABLE numbers (n integer)")
    connection.run("BEGIN")
    connection.run("INSERT INTO numbers VALUES (1)")
    connection.run("ROLLBACK")
    expect(connection.run("SELECT count(*) FROM numbers"), [[0]])
    connection.close()


@use(*PG, needs=["pg8000"])
def pg_copy(postgres: Address) -> None:
    connection = pg(postgres)
    connection.run("CREATE TEMPORARY TABLE lines (n integer, t text)")
    data = "".join(f"{number}\tline {number}\n" for number in range(20000)).encode()
    connection.run("COPY lines FROM STDIN", stream=io.BytesIO(data))
    expect(connection.row_count, 20000)
    out = io.BytesIO()
    connection.run("COPY (SELECT * FROM lines ORDER BY n) TO STDOUT", stream=out)
    expect(out.getvalue(), data)
    connection.close()


@use(*PG, needs=["pg8000"])
def pg_notify(postgres: Address) -> None:
    """A second connection notifies the first, which sleeps in a query meanwhile."""
    first, second = pg(postgres), pg(postgres)
    first.run("LISTEN channel")
    second.run("NOTIFY channel, 'payload'")
    first.run("SELECT pg_sleep(0.05)")
    first.run("SELECT 1")
    expect([(name, payload) for _, name, payload in first.notifications], [("channel", "payload")])
    first.close()
    second.close()


@use(*PG, needs=["pg8000"])
def pg_dbapi(postgres: Address) -> None:
    """The DB-API of pg8000; a wrong password is refused; the connection's timeout ends a long query."""
    import pg8000.dbapi

    options = {"host": postgres.host, "port": postgres.port, "database": "postgres"}
    with pg8000.dbapi.connect("tester", password="secret", **options) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT n FROM generate_series(1, %s) n", (10,))
        expect([row[0] for row in cursor.fetchall()], list(range(1, 11)))
    with raises(pg8000.dbapi.DatabaseError) as caught:
        pg8000.dbapi.connect("tester", password="wrong", **options)
    expect(caught.value.args[0]["C"], "28P01")
    connection = pg8000.dbapi.connect("tester", password="secret", timeout=0.3, **options)
    with raises(pg8000.dbapi.InterfaceError, OSError) as caught:
        connection.cursor().execute("SELECT pg_sleep(5)")
    expect("timed out" in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}", True)
