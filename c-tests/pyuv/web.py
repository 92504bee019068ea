"""A small web server of the standard library, for fetch.py: one connection."""

import http.server
import socketserver
import time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/never":
            self.rfile.read(1)
            return
        time.sleep(0.05)
        body = b"you asked for\n%s\n" % self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
print("listening on 127.0.0.1 port %d" % server.server_address[1], flush=True)
server.handle_request()
print("connection ended", flush=True)
server.server_close()
