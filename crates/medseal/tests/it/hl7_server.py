"""An MLLP receiver that shares no code with medseal: accepts COUNT messages on a port of 127.0.0.1 that it prints, answers each with AA,
and prints type and control id of each as it understood them."""

import asyncio
import sys

from hl7.mllp import start_hl7_server


async def main(count):
    done = asyncio.Event()
    seen = []

    async def serve(reader, writer):
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                seen.append(message)
                print(message["MSH.F9.R1.C1"], message["MSH.F10"], len(message), flush=True)
                writer.writemessage(message.create_ack("AA"))
                await writer.drain()
                if len(seen) == count:
                    done.set()
        except asyncio.IncompleteReadError:
            pass

    server = await start_hl7_server(serve, "127.0.0.1", 0, encoding="utf-8")
    print(server.sockets[0].getsockname()[1], flush=True)
    await done.wait()
    server.close()


asyncio.run(asyncio.wait_for(main(int(sys.argv[1])), 60))
