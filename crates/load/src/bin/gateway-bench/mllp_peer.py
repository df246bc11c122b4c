"""An MLLP server on python-hl7: parses each message, writes it, syncs, answers. Arguments: a port and a file."""

import asyncio
import os
import sys

import hl7
from hl7.mllp import start_hl7_server


async def talk(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            os.write(FILE, str(message).encode())
            os.fdatasync(FILE)
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


async def main():
    async with await start_hl7_server(talk, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()


FILE = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
asyncio.run(main())
