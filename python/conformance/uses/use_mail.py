"""Uses of smtplib, poplib and imaplib."""

from __future__ import annotations

import email.message
import hashlib
import imaplib
import poplib
import smtplib

from ..certs import Certificates
from ..servers import Address
from ..servers.mail import MESSAGES
from .registry import expect, raises, use

MESSAGE = "From: a@localhost\nTo: b@localhost\nSubject: test\n\n.begins with a dot\n" + "text " * 20000 + "\n"


def digest(text: str) -> bytes:
    return hashlib.sha256(text.replace("\n", "\r\n").encode()).hexdigest().encode()


@use("smtplib")
def smtp_send(smtp: Address) -> None:
    with smtplib.SMTP(*smtp) as client:
        expect(client.sendmail("a@localhost", ["b@localhost", "nobody@localhost"], MESSAGE),
               {"nobody@localhost": (550, b"no such mailbox")})
        expect(client.docmd("XLAST"), (250, digest(MESSAGE)))
        with raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("a@localhost", ["nobody@localhost"], MESSAGE)
        expect(list(caught.value.recipients), ["nobody@localhost"])
        message = email.message.EmailMessage()
        message["From"], message["To"] = "a@localhost", "b@localhost"
        message.set_content("text")
        expect(client.send_message(message), {})


@use("smtplib", "conformance.certs")
def smtp_starttls(smtp: Address, cert: Certificates) -> None:
    with smtplib.SMTP("localhost", smtp.port) as client:
        expect(client.starttls(context=cert.client_context())[0], 220)
        client.ehlo()
        expect(client.has_extn("starttls"), False)
        expect(client.sendmail("a@localhost", "b@localhost", MESSAGE), {})
        expect(client.docmd("XLAST"), (250, digest(MESSAGE)))


@use("smtplib")
def smtp_auth(smtp: Address) -> None:
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        with smtplib.SMTP(*smtp) as client:
            client.ehlo()
            client.esmtp_features["auth"] = mechanism
            expect(client.login("user", "secret")[0], 235)
            expect(client.docmd("XAUTH")[0], 250)
    with smtplib.SMTP(*smtp) as client:
        with raises(smtplib.SMTPAuthenticationError) as caught:
            client.login("user", "wrong")
        expect(caught.value.smtp_code, 535)


@use("smtplib", "conformance.certs")
def smtp_tls(smtps: Address, cert: Certificates) -> None:
    with smtplib.SMTP_SSL("localhost", smtps.port, context=cert.client_context()) as client:
        expect(client.login("user", "secret")[0], 235)
        expect(client.sendmail("a@localhost", "b@localhost", MESSAGE), {})
        expect(client.docmd("XLAST"), (250, digest(MESSAGE)))


def read_pop3(client: poplib.POP3) -> None:
    client.user("user")
    client.pass_("secret")
    expect(client.stat(), (2, sum(map(len, MESSAGES))))
    for number, message in enumerate(MESSAGES, 1):
        expect(b"".join(line + b"\r\n" for line in client.retr(number)[1]), message)
    client.dele(1)
    expect(client.list()[1], [b"2 %d" % len(MESSAGES[1])])
    client.quit()


@use("poplib")
def pop3_read(pop3: Address) -> None:
    read_pop3(poplib.POP3(*pop3))
    client = poplib.POP3(*pop3)
    client.user("user")
    with raises(poplib.error_proto) as caught:
        client.pass_("wrong")
    expect("wrong password" in str(caught.value), True)
    client.close()


@use("poplib", "conformance.certs")
def pop3_tls(pop3: Address, cert: Certificates) -> None:
    client = poplib.POP3("localhost", pop3.port)
    client.stls(context=cert.client_context())
    read_pop3(client)


def read_imap(client: imaplib.IMAP4) -> None:
    expect(client.login("user", "secret")[0], "OK")
    expect(client.select()[1], [b"2"])
    expect(client.append("INBOX", "", "", MESSAGES[0])[0], "OK")
    expect(client.search(None, "ALL")[1], [b"1 2 3"])
    for number, message in enumerate([*MESSAGES, MESSAGES[0]], 1):
        part = client.fetch(str(number), "(RFC822)")[1][0]
        assert isinstance(part, tuple)
        expect(part[1], message)
    expect(client.logout()[0], "BYE")


@use("imaplib")
def imap_read(imap: Address) -> None:
    read_imap(imaplib.IMAP4(*imap))
    client = imaplib.IMAP4(*imap)
    with raises(imaplib.IMAP4.error) as caught:
        client.login("user", "wrong")
    expect("wrong password" in str(caught.value), True)
    client.shutdown()


@use("imaplib", "conformance.certs")
def imap_tls(imap: Address, cert: Certificates) -> None:
    client = imaplib.IMAP4("localhost", imap.port)
    expect(client.starttls(cert.client_context())[0], "OK")
    read_imap(client)
