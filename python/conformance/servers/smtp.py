"""A small SMTP server: EHLO, STARTTLS, AUTH; XLAST gives the digest of the last message it took."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
from typing import Optional

from .. import certs
from .lines import Session, serve_sessions

USER, PASSWORD = "user", "secret"
CHALLENGE = b"<1896.697170952@conformance>"


class Smtp:
    """One connection."""

    last = ""

    def __init__(self, session: Session, context: Optional[ssl.SSLContext]) -> None:
        self.session = session
        self.context = context
        self.authenticated = False
        self.sender: Optional[str] = None
        self.recipients: list[str] = []

    def talk(self) -> None:
        self.session.reply("220 conformance ESMTP")
        while True:
            command, _, argument = self.session.line().partition(" ")
            method = getattr(self, f"do_{command.lower()}", None)
            if method is None:
                self.session.reply("502 not implemented")
                continue
            method(argument)
            if command.upper() == "QUIT":
                return

    def do_ehlo(self, _: str) -> None:
        lines = ["conformance", "SIZE 1000000", "8BITMIME", "AUTH CRAM-MD5 LOGIN PLAIN"]
        if self.context is not None and not self.session.encrypted:
            lines.append("STARTTLS")
        for line in lines[:-1]:
            self.session.reply(f"250-{line}")
        self.session.reply(f"250 {lines[-1]}")

    def do_helo(self, _: str) -> None:
        self.session.reply("250 conformance")

    def do_starttls(self, _: str) -> None:
        if self.context is None:
            self.session.reply("454 no TLS here")
            return
        self.session.reply("220 begin TLS")
        self.session.start_tls(self.context)

    def ask(self, challenge: bytes) -> bytes:
        self.session.reply(b"334 " + base64.b64encode(challenge))
        return base64.b64decode(self.session.line())

    def do_auth(self, argument: str) -> None:
        kind, _, initial = argument.partition(" ")
        if kind == "PLAIN":
            _, user, password = (base64.b64decode(initial) if initial else self.ask(b"")).split(b"\0")
            right = (user.decode(), password.decode()) == (USER, PASSWORD)
        elif kind == "LOGIN":
            user = base64.b64decode(initial) if initial else self.ask(b"Username:")
            right = (user.decode(), self.ask(b"Password:").decode()) == (USER, PASSWORD)
        else:
            answer = self.ask(CHALLENGE).decode()
            right = answer == f"{USER} {hmac.new(PASSWORD.encode(), CHALLENGE, 'md5').hexdigest()}"
        self.authenticated = right
        self.session.reply("235 welcome" if right else "535 wrong password")

    def do_mail(self, argument: str) -> None:
        self.sender, self.recipients = argument, []
        self.session.reply("250 sender ok")

    def do_rcpt(self, argument: str) -> None:
        if "nobody@" in argument:
            self.session.reply("550 no such mailbox")
            return
        self.recipients.append(argument)
        self.session.reply("250 recipient ok")

    def do_data(self, _: str) -> None:
        if self.sender is None or not self.recipients:
            self.session.reply("503 no recipients")
            return
        self.session.reply("354 go on")
        Smtp.last = hashlib.sha256(self.session.dotted()).hexdigest()
        self.session.reply("250 taken")

    def do_xlast(self, _: str) -> None:
        self.session.reply(f"250 {Smtp.last}")

    def do_xauth(self, _: str) -> None:
        self.session.reply("250 yes" if self.authenticated else "550 no")

    def do_rset(self, _: str) -> None:
        self.sender, self.recipients = None, []
        self.session.reply("250 reset")

    def do_noop(self, _: str) -> None:
        self.session.reply("250 ok")

    def do_quit(self, _: str) -> None:
        self.session.reply("221 goodbye")


def serve_smtp(listener: socket.socket) -> None:
    """Serve SMTP for ever; STARTTLS works where certificates can be made."""
    context = certs.certificates().server_context() if certs.available() else None
    serve_sessions(listener, lambda session: Smtp(session, context).talk())


def serve_smtps(listener: socket.socket) -> None:
    """Serve SMTP in TLS from the start, for ever."""
    context = certs.certificates().server_context()
    serve_sessions(listener, lambda session: Smtp(session, None).talk(), tls=context)
