"""A client of the PIV applet through pyscard.

client.py READER tries
client.py READER certificate TAG
client.py READER sign PIN KEY HASH
"""

import sys

from smartcard.System import readers

SELECT = bytes.fromhex("00A404000BA000000308000010000100")


def exchange(connection, command):
    """Data and status word, all of the data fetched."""
    data, sw1, sw2 = connection.transmit(list(command))
    while sw1 == 0x61:
        more, sw1, sw2 = connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
        data += more
    return bytes(data), sw1 << 8 | sw2


def need(connection, command):
    data, status = exchange(connection, command)
    if status != 0x9000:
        sys.exit(f"{command.hex()}: {status:04X}")
    return data


def elements(data):
    """The tags (of one byte) and values of a string of TLVs."""
    found = {}
    while data:
        tag, length, at = data[0], data[1], 2
        if length & 0x80:
            at += length & 0x7F
            length = int.from_bytes(data[2:at], "big")
        found[tag], data = data[at:at + length], data[at + length:]
    return found


def main(name, task, *words):
    [reader] = [reader for reader in readers() if str(reader) == name]
    connection = reader.createConnection()
    connection.connect()
    need(connection, SELECT)
    if task == "tries":
        _, status = exchange(connection, bytes.fromhex("00200080"))
        print(0 if status == 0x6983 else status & 0x0F)
    elif task == "certificate":
        [tag] = words
        data = need(connection, bytes.fromhex(f"00CB3FFF055C03{tag}00"))
        print(elements(elements(data)[0x53])[0x70].hex())
    elif task == "sign":
        pin, key, digest = words
        need(connection, bytes.fromhex("0020008008") + pin.encode().ljust(8, b"\xFF"))
        data = need(connection, bytes.fromhex(f"008711{key}267C2482008120{digest}00"))
        print(elements(elements(data)[0x7C])[0x82].hex())


if __name__ == "__main__":
    main(*sys.argv[1:])
