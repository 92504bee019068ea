"""Ten greenlets each fetch a page by urllib, which waits for all of them at once.

The server takes a tenth of a second for each answer. It runs in a process of its own.
"""

import os
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvsocket


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.1)
        body = b"you asked for %s" % self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 50


def fetch(number):
    with urllib.request.urlopen("http://127.0.0.1:%d/%d" % (port, number)) as answer:
        return answer.read().decode()


server = Server(("127.0.0.1", 0), Handler)
port = server.server_address[1]
serving = os.fork()
if serving == 0:
    server.serve_forever()
server.socket.close()

uvsocket.patch()
start = time.monotonic()
tasks = [uvsocket.spawn(fetch, number) for number in range(10)]
for number, task in enumerate(tasks):
    print("greenlet %d: %s" % (number, task.result()), flush=True)
took = time.monotonic() - start
print("all ten in less than the time of five: %s" % (took < 0.5), flush=True)
os.kill(serving, 9)
