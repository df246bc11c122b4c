"""An alarm manager that shares no code with medseal: listens for MLLP on a free port of 127.0.0.1, prints the port, then for every message
one line of JSON with what it says of its alarm, and answers CA. Ends with its standard input."""

import asyncio
import json
import sys

import hl7
from hl7.mllp import start_hl7_server

FACETS = {"68481": "phase", "68482": "state", "68483": "inactivation", "68484": "priority", "68485": "kind", "68546": "text"}


def told(message):
    header = message.segment("MSH")
    order = message.segment("OBR")
    said = {
        "type": str(header[9]),
        "profile": str(header[21]),
        "purpose": str(header[11]),
        "patient": str(message.segment("PID")[3][0][0]) if any(s[0][0] == "PID" for s in message) else None,
        "id": str(order[3][0][0]),
        # A segment ends with its last field that says anything.
        "parent": str(order[29]) if len(order) > 29 else "",
        "rows": [f"{row[4]} {row[3][0][0]}" for row in message.segments("OBX")],
    }
    for row in message.segments("OBX"):
        code = str(row[3][0][0])
        if code in FACETS:
            said[FACETS[code]] = str(row[5])
        elif str(row[2]) == "NM":
            said["value"], said["limits"], said["source"] = str(row[5]), str(row[7]), code
        else:
            said["event"] = str(row[5][0][0])
    return said


async def converse(reader, writer):
    while True:
        try:
            message = await reader.readmessage()
        except asyncio.IncompleteReadError:
            return
        print(json.dumps(told(message)), flush=True)
        writer.writemessage(message.create_ack(ack_code="CA"))
        await writer.drain()


async def main():
    server = await start_hl7_server(converse, host="127.0.0.1", port=0, encoding="utf-8")
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
