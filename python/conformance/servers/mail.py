"""Small POP3, IMAP4, NNTP and Telnet servers."""

from __future__ import annotations

import re
import socket
import ssl
import time
from typing import Optional

from .. import certs
from .lines import Session, serve_sessions

MESSAGES = [
    b"From: a@localhost\r\nSubject: first\r\n\r\n.a line that begins with a dot\r\n",
    b"From: b@localhost\r\nSubject: second\r\n\r\n" + (b"text " * 14 + b"\r\n") * 1000,
]


def tls_if_possible() -> Optional[ssl.SSLContext]:
    return certs.certificates().server_context() if certs.available() else None


def talk_pop3(session: Session, context: Optional[ssl.SSLContext]) -> None:
    """One POP3 session with the messages above."""
    session.reply("+OK conformance POP3")
    deleted: set[int] = set()
    while True:
        command, *arguments = session.line().split()
        command = command.upper()
        if command == "CAPA":
            session.reply("+OK capabilities")
            session.reply_dotted(b"USER\r\nTOP\r\nUIDL\r\nSTLS\r\n")
        elif command == "STLS" and context is not None:
            session.reply("+OK begin TLS")
            session.start_tls(context)
        elif command == "PASS" and arguments != ["secret"]:
            session.reply("-ERR wrong password")
        elif command in ("USER", "PASS", "NOOP"):
            session.reply("+OK")
        elif command == "STAT":
            session.reply(f"+OK {len(MESSAGES)} {sum(map(len, MESSAGES))}")
        elif command == "LIST":
            session.reply("+OK list")
            session.reply_dotted(b"".join(b"%d %d\r\n" % (number, len(message))
                                          for number, message in enumerate(MESSAGES, 1) if number not in deleted))
        elif command == "RETR":
            session.reply("+OK message")
            session.reply_dotted(MESSAGES[int(arguments[0]) - 1])
        elif command == "DELE":
            deleted.add(int(arguments[0]))
            session.reply("+OK deleted")
        elif command == "QUIT":
            session.reply("+OK goodbye")
            return
        else:
            session.reply("-ERR unknown")


def talk_imap(session: Session, context: Optional[ssl.SSLContext]) -> None:
    """One IMAP4 session with a mailbox INBOX of the messages above; APPEND adds to it."""
    mailbox = list(MESSAGES)
    session.reply("* OK conformance IMAP4rev1")
    while True:
        tag, command, *rest = session.line().split(" ", 2)
        argument = rest[0] if rest else ""
        command = command.upper()
        result = "OK done"
        if command == "CAPABILITY":
            session.reply("* CAPABILITY IMAP4rev1 STARTTLS")
        elif command == "STARTTLS" and context is not None:
            session.reply(f"{tag} OK begin TLS")
            session.start_tls(context)
            continue
        elif command == "LOGIN":
            result = "OK welcome" if argument.split() == ["user", '"secret"'] else "NO wrong password"
        elif command in ("SELECT", "EXAMINE"):
            session.reply(f"* {len(mailbox)} EXISTS")
            session.reply("* 0 RECENT")
        elif command == "SEARCH":
            session.reply("* SEARCH " + " ".join(str(number + 1) for number in range(len(mailbox))))
        elif command == "FETCH":
            number = int(argument.split()[0])
            message = mailbox[number - 1]
            session.reply(b"* %d FETCH (RFC822 {%d}" % (number, len(message)))
            session.socket.sendall(message)
            session.reply(")")
        elif command == "APPEND":
            match = re.search(r"\{(\d+)\}$", argument)
            assert match is not None
            session.reply("+ go on")
            mailbox.append(session.read(int(match[1])))
            session.line()
        elif command == "LOGOUT":
            session.reply("* BYE goodbye")
            session.reply(f"{tag} OK done")
            return
        elif command != "NOOP" and command != "CLOSE":
            result = "BAD unknown"
        session.reply(f"{tag} {result}")


def talk_nntp(session: Session) -> None:
    """One NNTP session with a group `test.group`; POST adds an article."""
    articles = [b"Subject: first\r\nMessage-ID: <1@localhost>\r\n\r\nhello\r\n"]
    session.reply("200 conformance NNTP")
    while True:
        command, *arguments = session.line().split()
        command = command.upper()
        if command == "CAPABILITIES":
            session.reply("101 capabilities")
            session.reply_dotted(b"VERSION 2\r\nREADER\r\nPOST\r\n")
        elif command == "MODE":
            session.reply("200 reader")
        elif command == "GROUP":
            known = arguments == ["test.group"]
            session.reply(f"211 {len(articles)} 1 {len(articles)} test.group" if known else "411 no such group")
        elif command == "ARTICLE":
            session.reply(f"220 {arguments[0]} <{arguments[0]}@localhost>")
            session.reply_dotted(articles[int(arguments[0]) - 1])
        elif command == "POST":
            session.reply("340 go on")
            articles.append(session.dotted())
            session.reply("240 taken")
        elif command == "QUIT":
            session.reply("205 goodbye")
            return
        else:
            session.reply("500 unknown")


def talk_telnet(session: Session) -> None:
    """Ask for a name and a password, then answer lines; `exit` ends. An IAC DO option comes first."""
    session.socket.sendall(b"\xff\xfd\x18login: ")
    name = re.sub(rb"\xff..", b"", session.file.readline()).strip()
    session.socket.sendall(b"Password: ")
    session.line()
    time.sleep(0.02)
    session.socket.sendall(b"welcome " + name + b"\r\n$ ")
    while True:
        line = session.line()
        if line == "exit":
            return
        session.socket.sendall(line.upper().encode() + b"\r\n$ ")


def serve_pop3(listener: socket.socket) -> None:
    """Serve POP3 for ever; STLS works where certificates can be made."""
    context = tls_if_possible()
    serve_sessions(listener, lambda session: talk_pop3(session, context))


def serve_imap(listener: socket.socket) -> None:
    """Serve IMAP4 for ever; STARTTLS works where certificates can be made."""
    context = tls_if_possible()
    serve_sessions(listener, lambda session: talk_imap(session, context))


def serve_nntp(listener: socket.socket) -> None:
    """Serve NNTP for ever."""
    serve_sessions(listener, talk_nntp)


def serve_telnet(listener: socket.socket) -> None:
    """Serve Telnet for ever."""
    serve_sessions(listener, talk_telnet)
