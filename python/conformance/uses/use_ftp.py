"""Uses of ftplib, telnetlib and nntplib."""

from __future__ import annotations

import ftplib
import io
import os
import re

from ..certs import Certificates
from ..servers import Address
from ..servers.ftp import CONTENTS
from .registry import expect, raises, use

DATA = CONTENTS["/data.bin"]


def client_of(ftp: Address, passive: bool = True) -> ftplib.FTP:
    client = ftplib.FTP()
    client.connect(*ftp)
    client.login("user", "secret")
    client.set_pasv(passive)
    return client


def fetch(client: ftplib.FTP, name: str, **options: int) -> bytes:
    parts: list[bytes] = []
    expect(client.retrbinary(f"RETR {name}", parts.append, **options), "226 done")
    return b"".join(parts)


@use("ftplib")
def ftp_passive(ftp: Address) -> None:
    with client_of(ftp) as client:
        expect(fetch(client, "data.bin"), DATA)
        expect(fetch(client, "data.bin", rest=1000), DATA[1000:])
        lines: list[str] = []
        client.retrlines("RETR hello.txt", lines.append)
        expect(lines, ["hello", "world"])


@use("ftplib")
def ftp_active(ftp: Address) -> None:
    """The client listens, and the server connects to it."""
    with client_of(ftp, passive=False) as client:
        expect(fetch(client, "data.bin"), DATA)
        client.storbinary("STOR active.bin", io.BytesIO(DATA))
        expect(client.size("active.bin"), len(DATA))


@use("ftplib")
def ftp_upload(ftp: Address) -> None:
    with client_of(ftp) as client:
        client.storbinary("STOR up.bin", io.BytesIO(DATA * 4))
        expect(fetch(client, "up.bin"), DATA * 4)
        client.storlines("STOR up.txt", io.BytesIO(b"one\ntwo\n"))
        expect(fetch(client, "up.txt"), b"one\r\ntwo\r\n")
        client.rename("up.txt", "new.txt")
        client.delete("new.txt")
        expect(client.nlst(), ["data.bin", "hello.txt", "up.bin"])


@use("ftplib")
def ftp_listing(ftp: Address) -> None:
    with client_of(ftp) as client:
        expect(client.nlst(), ["data.bin", "hello.txt"])
        lines: list[str] = []
        client.dir(lines.append)
        expect([line.split()[-1] for line in lines], ["data.bin", "hello.txt"])
        expect(list(client.mlsd()), [(name, {"type": "file", "size": str(len(CONTENTS["/" + name]))})
                                     for name in ("data.bin", "hello.txt")])
        client.cwd("sub")
        expect(client.pwd(), "/sub")


@use("ftplib", "conformance.certs")
def ftp_tls(ftp: Address, cert: Certificates) -> None:
    """TLS on the control connection and on the data connections, with unwrap at their end."""
    with ftplib.FTP_TLS(context=cert.client_context()) as client:
        client.connect("localhost", ftp.port)
        client.login("user", "secret")
        client.prot_p()
        expect(fetch(client, "data.bin"), DATA)
        client.storbinary("STOR tls.bin", io.BytesIO(DATA))
        expect(fetch(client, "tls.bin"), DATA)
        expect(client.nlst(), ["data.bin", "hello.txt", "tls.bin"])


@use("ftplib")
def ftp_errors(ftp: Address) -> None:
    with client_of(ftp) as client:
        with raises(ftplib.error_perm) as caught:
            fetch(client, "missing")
        expect(str(caught.value), "550 no such file")
        client.voidcmd("TYPE I")
    with raises(ftplib.error_perm) as caught:
        with ftplib.FTP() as client:
            client.connect(*ftp)
            client.login("user", "wrong")
    expect(str(caught.value), "530 wrong password")


@use("telnetlib", "selectors", needs=["telnetlib"])
def telnet_session(telnet: Address) -> None:
    """read_until, expect, an option that is refused, a timeout, read_all at the end."""
    import telnetlib

    with telnetlib.Telnet(*telnet, timeout=5) as client:
        expect(client.read_until(b"login: ", 5), b"login: ")
        client.write(b"me\n")
        expect(client.read_until(b"Password: "), b"Password: ")
        client.write(b"secret\n")
        index, match, _ = client.expect([re.compile(rb"wrong"), re.compile(rb"welcome (\w+)")], 5)
        expect((index, match and match[1]), (1, b"me"))
        expect(client.read_until(b"$ "), b"\r\n$ ")
        expect(client.read_until(b"never", 0.05), b"")
        client.write(b"word\n")
        expect(client.read_until(b"$ "), b"WORD\r\n$ ")
        client.write(b"exit\n")
        expect(client.read_all(), b"")


@use("nntplib", needs=["nntplib"])
def nntp_session(nntp: Address) -> None:
    import nntplib

    with nntplib.NNTP(nntp.host, nntp.port) as client:
        expect(client.group("test.group")[1:], (1, 1, 1, "test.group"))
        expect(client.article("1")[1].lines[-1], b"hello")
        article = b"Subject: second\r\n\r\n.dot" + os.linesep.encode()
        expect(client.post(article), "240 taken")
        expect(client.article("2")[1].lines, [b"Subject: second", b"", b".dot"])
        with raises(nntplib.NNTPTemporaryError) as caught:
            client.group("unknown")
        expect(str(caught.value), "411 no such group")
