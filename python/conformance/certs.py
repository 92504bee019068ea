"""Certificates for the tests: a certificate authority and two server certificates, made by the openssl command."""

from __future__ import annotations

import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
from typing import Optional

#: The directory made by the runner; a child process inherits it, so that the keys are made once a run.
VARIABLE = "CONFORMANCE_CERTS"

CONFIG = """\
[req]
distinguished_name = name
prompt = no
[name]
CN = conformance
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[localhost]
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[other]
subjectAltName = DNS:other.test
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Certificates:
    """The files of one directory: `ca.pem`, and for each server a file with its key and its certificate."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.ca = str(directory / "ca.pem")
        self.localhost = str(directory / "localhost.pem")
        self.other = str(directory / "other.pem")

    def server_context(self, name: str = "localhost") -> ssl.SSLContext:
        """A server's context with the certificate `localhost` or `other`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.directory / f"{name}.pem"))
        return context

    def client_context(self) -> ssl.SSLContext:
        """A client's context that trusts this authority only, and checks host names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.ca)
        return context


def available() -> bool:
    """Whether certificates exist already or the openssl command can make them."""
    return VARIABLE in os.environ or shutil.which("openssl") is not None


def make(directory: pathlib.Path) -> Certificates:
    """Make the authority and the two servers' certificates in `directory`."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    (directory / "openssl.cnf").write_text(CONFIG)
    openssl("req", "-config", "openssl.cnf", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "3650", "-subj", "/CN=conformance authority", "-extensions", "ca")
    for name in ("localhost", "other"):
        openssl("req", "-config", "openssl.cnf", "-new", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "3650", "-extfile", "openssl.cnf", "-extensions", name, "-out", f"{name}.crt")
        (directory / f"{name}.pem").write_text(
            (directory / f"{name}.key").read_text() + (directory / f"{name}.crt").read_text())
    return Certificates(directory)


_made: Optional[tempfile.TemporaryDirectory[str]] = None


def certificates() -> Certificates:
    """The certificates of the directory that the environment names, else new ones for this process."""
    global _made
    if VARIABLE in os.environ:
        return Certificates(pathlib.Path(os.environ[VARIABLE]))
    if _made is None:
        _made = tempfile.TemporaryDirectory(prefix="conformance-certs-")
        make(pathlib.Path(_made.name))
    return Certificates(pathlib.Path(_made.name))
