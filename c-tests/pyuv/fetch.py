"""The standard library's HTTP client on a connection of pyuv's, whose loop goes on."""

import http.client
import sys

import pyuv
import uvsocket

loop = pyuv.Loop.default_loop()
ticks = []
timer = pyuv.Timer(loop)
timer.start(ticks.append, 0.005, 0.005)

socket = uvsocket.Socket(loop)
socket.connect(("127.0.0.1", int(sys.argv[1])))
client = http.client.HTTPConnection("127.0.0.1")
client.sock = socket

client.request("GET", "/one")
answer = client.getresponse()
print("%d %s: %r" % (answer.status, answer.reason, answer.read()), flush=True)
print("the timer ticked meanwhile: %s" % (len(ticks) > 0), flush=True)

client.request("GET", "/two")
for line in client.getresponse():
    print("line: %r" % line, flush=True)

file = socket.makefile("w", encoding="ascii")
file.write("GET /never HTTP/1.1\r\n\r\n")
file.flush()
socket.settimeout(0.02)
try:
    socket.recv(1)
except TimeoutError as error:
    print("no answer: %s" % error, flush=True)

client.close()
timer.close()
loop.run()
print("loop ended", flush=True)
