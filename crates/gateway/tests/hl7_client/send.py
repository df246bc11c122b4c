"""Sends the message on standard input over MLLP to HOST PORT as often as COUNT says, over one connection, with a client that shares no
code with medseal. Prints MSA-1 and MSA-2 of each answer."""

import sys

import hl7
from hl7.client import MLLPClient

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
message = sys.stdin.buffer.read().decode("utf-8")
with MLLPClient(host, port) as client:
    for _ in range(count):
        frame = client.send_message(message)
        answer = hl7.parse(frame.strip(b"\x0b\x1c\r").decode("utf-8"))
        print(answer.segment("MSA")[1], answer.segment("MSA")[2])
