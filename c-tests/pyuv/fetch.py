"""The standard library's HTTP client on a socket of pyuv's loop, whose timer goes on."""

import http.client
import sys

import pyuv
import uvsocket

loop = uvsocket.loop()
ticks = []
timer = pyuv.Timer(loop)
timer.start(ticks.append, 0.005, 0.005)

socket = uvsocket.create_connection(("127.0.0.1", int(sys.argv[1])))
client = http.client.HTTPConnection("127.0.0.1")
client.sock = socket

client.request("GET", "/one")
answer = client.getresponse()
print("%d %s: %r" % (answer.status, answer.reason, answer.read()), flush=True)
print("the timer ticked meanwhile: %s" % (len(ticks) > 0), flush=True)

client.request("GET", "/two")
for line in client.getresponse():
    print("line: %r" % line, flush=True)

with socket.makefile("w", encoding="ascii") as file:
    file.write("GET /never HTTP/1.1\r\n\r\n")
socket.settimeout(0.02)
try:
    socket.recv(1)
except uvsocket.timeout as error:
    print("no answer: %s" % error, flush=True)

client.close()
timer.close()
loop.run()
print("loop ended", flush=True)
