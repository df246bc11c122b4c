"""A client of the card through pyscard: client.py READER atr | seal COUNT | counter."""

import os
import sys

from smartcard.ATR import ATR
from smartcard.System import readers

SELECT = bytes.fromhex("00A4040009F04D45445345414C01")
PIN = bytes.fromhex("0020008006313233343536")


def send(connection, command):
    data, sw1, sw2 = connection.transmit(list(command))
    if (sw1, sw2) != (0x90, 0x00):
        sys.exit(f"{command.hex()}: {sw1:02X}{sw2:02X}")
    return bytes(data)


def describe(atr):
    protocols = [name for name, there in (("T=0", atr.isT0Supported()), ("T=1", atr.isT1Supported())) if there]
    check = "right" if atr.checksumOK else "wrong"
    historical = bytes(atr.getHistoricalBytes()).hex().upper()
    print(f"{' and '.join(protocols)} only, check byte {check}, historical {historical}")


def main(name, task, count="0"):
    [reader] = [reader for reader in readers() if str(reader) == name]
    connection = reader.createConnection()
    connection.connect()
    if task == "atr":
        describe(ATR(connection.getATR()))
        return
    send(connection, SELECT)
    if task == "counter":
        print(int.from_bytes(send(connection, bytes.fromhex("8028000000"))[3:11], "big"))
        return
    send(connection, PIN)
    for _ in range(int(count)):
        # The counter's place in the seal: docs/formats.md.
        seal = send(connection, bytes.fromhex("8020000020") + os.urandom(32) + b"\0")
        print(int.from_bytes(seal[35:43], "big"), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
