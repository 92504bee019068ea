"""A small FTP server with files in memory: active and passive, IPv4 and extended forms, TLS."""

from __future__ import annotations

import contextlib
import posixpath
import socket
import ssl
from typing import Callable, Iterator, Optional

from .. import certs
from .lines import Session, serve_sessions

CONTENTS = {"/hello.txt": b"hello\r\nworld\r\n", "/data.bin": bytes(range(256)) * 2048}


class Ftp:
    """One control connection. Files are in a dictionary that all connections share."""

    def __init__(self, session: Session, files: dict[str, bytes], context: Optional[ssl.SSLContext]) -> None:
        self.session = session
        self.files = files
        self.context = context
        self.directory = "/"
        self.user = ""
        self.protected = False
        self.start = 0
        self.rename = ""
        self.open_data: Optional[Callable[[], socket.socket]] = None

    def talk(self) -> None:
        self.session.reply("220 conformance FTP")
        while True:
            command, _, argument = self.session.line().partition(" ")
            method = getattr(self, f"do_{command.lower()}", None)
            if method is None:
                self.session.reply("502 not implemented")
                continue
            method(argument)
            if command.upper() == "QUIT":
                return

    def path(self, name: str) -> str:
        return posixpath.normpath(posixpath.join(self.directory, name))

    # Access.

    def do_user(self, name: str) -> None:
        self.user = name
        self.session.reply("331 password")

    def do_pass(self, password: str) -> None:
        right = self.user == "anonymous" or (self.user, password) == ("user", "secret")
        self.session.reply("230 welcome" if right else "530 wrong password")

    def do_auth(self, kind: str) -> None:
        if self.context is None:
            self.session.reply("502 no TLS here")
            return
        self.session.reply("234 begin TLS")
        self.session.start_tls(self.context)

    def do_pbsz(self, size: str) -> None:
        self.session.reply("200 PBSZ=0")

    def do_prot(self, level: str) -> None:
        self.protected = level == "P"
        self.session.reply("200 protection set")

    def do_quit(self, _: str) -> None:
        self.session.reply("221 goodbye")

    # The data connection.

    def do_pasv(self, _: str) -> None:
        host, port = self.passive()
        self.session.reply(f"227 passive ({host.replace('.', ',')},{port >> 8},{port & 255})")

    def do_epsv(self, _: str) -> None:
        self.session.reply(f"229 passive (|||{self.passive()[1]}|)")

    def passive(self) -> tuple[str, int]:
        own = self.session.socket
        listener = socket.create_server((own.getsockname()[0], 0), family=own.family)
        listener.settimeout(5)

        def accept() -> socket.socket:
            with listener:
                connection = listener.accept()[0]
            connection.settimeout(None)
            return connection

        self.open_data = accept
        host, port = listener.getsockname()[:2]
        return host, port

    def do_port(self, argument: str) -> None:
        numbers = [int(number) for number in argument.split(",")]
        self.active(".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5])

    def do_eprt(self, argument: str) -> None:
        _, _, host, port, _ = argument.split(argument[0])
        self.active(host, int(port))

    def active(self, host: str, port: int) -> None:
        self.open_data = lambda: socket.create_connection((host, port), 5)
        self.session.reply("200 port known")

    @contextlib.contextmanager
    def data(self) -> Iterator[socket.socket]:
        """The data connection between the replies 150 and 226."""
        assert self.open_data is not None
        self.session.reply("150 data follows")
        connection = self.open_data()
        self.open_data = None
        if self.protected and self.context is not None:
            connection = self.context.wrap_socket(connection, server_side=True)
        try:
            yield connection
            if isinstance(connection, ssl.SSLSocket):
                connection = connection.unwrap()
        finally:
            connection.close()
        self.session.reply("226 done")

    # Files.

    def do_type(self, kind: str) -> None:
        self.session.reply(f"200 type {kind}")

    def do_rest(self, position: str) -> None:
        self.start = int(position)
        self.session.reply("350 restart there")

    def do_retr(self, name: str) -> None:
        contents = self.files.get(self.path(name))
        if contents is None:
            self.session.reply("550 no such file")
            return
        start, self.start = self.start, 0
        with self.data() as connection:
            connection.sendall(contents[start:])

    def do_stor(self, name: str) -> None:
        with self.data() as connection:
            self.files[self.path(name)] = b"".join(iter(lambda: connection.recv(65536), b""))

    def do_list(self, name: str) -> None:
        self.listing(lambda path: f"-rw-r--r-- 1 user user {len(self.files[path])} Jan 1 00:00 {path[1:]}")

    def do_nlst(self, name: str) -> None:
        self.listing(lambda path: path[1:])

    def do_mlsd(self, name: str) -> None:
        self.listing(lambda path: f"type=file;size={len(self.files[path])}; {path[1:]}")

    def listing(self, line: Callable[[str], str]) -> None:
        with self.data() as connection:
            connection.sendall("".join(line(path) + "\r\n" for path in sorted(self.files)).encode())

    def do_size(self, name: str) -> None:
        contents = self.files.get(self.path(name))
        self.session.reply("550 no such file" if contents is None else f"213 {len(contents)}")

    def do_dele(self, name: str) -> None:
        gone = self.files.pop(self.path(name), None)
        self.session.reply("550 no such file" if gone is None else "250 deleted")

    def do_rnfr(self, name: str) -> None:
        self.rename = self.path(name)
        self.session.reply("350 new name?")

    def do_rnto(self, name: str) -> None:
        self.files[self.path(name)] = self.files.pop(self.rename)
        self.session.reply("250 renamed")

    def do_pwd(self, _: str) -> None:
        self.session.reply(f'257 "{self.directory}"')

    def do_cwd(self, name: str) -> None:
        self.directory = self.path(name)
        self.session.reply("250 directory changed")


def serve_ftp(listener: socket.socket) -> None:
    """Serve FTP for ever; AUTH TLS works where certificates can be made."""
    files = dict(CONTENTS)
    context = certs.certificates().server_context() if certs.available() else None
    serve_sessions(listener, lambda session: Ftp(session, files, context).talk())
