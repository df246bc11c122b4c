"""Reads the NDEF message of a Type 4 Tag as NFC Forum's mapping 2.0 says, or writes one; ndeflib makes sense of it.

client.py READER read
client.py READER write URI
client.py READER close
"""

import sys

import ndef
from smartcard.System import readers


class Tag:
    def __init__(self, connection):
        self.connection = connection
        self.send("00A4040007D276000085010100")
        self.select(0xE103)
        length = int.from_bytes(self.read(0, 2), "big")
        container = self.read(0, length)
        if container[2] >> 4 != 2 or container[7:9] != b"\x04\x06":
            sys.exit(f"no tag of mapping 2: {container.hex()}")
        self.answer_max = int.from_bytes(container[3:5], "big")
        self.command_max = int.from_bytes(container[5:7], "big")
        self.file = int.from_bytes(container[9:11], "big")
        self.size = int.from_bytes(container[11:13], "big")
        self.read_access, self.write_access = container[13], container[14]

    def send(self, command, data=b""):
        command = bytes.fromhex(command) + data
        answer, sw1, sw2 = self.connection.transmit(list(command))
        if (sw1, sw2) != (0x90, 0x00):
            sys.exit(f"{command.hex()}: {sw1:02X}{sw2:02X}")
        return bytes(answer)

    def select(self, file):
        self.send(f"00A4000C02{file:04X}")

    def read(self, offset, length):
        return self.send(f"00B0{offset:04X}{length:02X}")

    def update(self, offset, data):
        self.send(f"00D6{offset:04X}{len(data):02X}", data)

    def message(self):
        self.select(self.file)
        length = int.from_bytes(self.read(0, 2), "big")
        data = b""
        while len(data) < length:
            data += self.read(2 + len(data), min(self.answer_max, 255, length - len(data)))
        return data

    def write(self, message):
        """The length is zero while the message is being written."""
        self.select(self.file)
        self.update(0, b"\0\0")
        step = min(self.command_max, 255)
        for at in range(0, len(message), step):
            self.update(2 + at, message[at:at + step])
        self.update(0, len(message).to_bytes(2, "big"))


def main(name, task, uri=""):
    [reader] = [reader for reader in readers() if str(reader) == name]
    connection = reader.createConnection()
    connection.connect()
    tag = Tag(connection)
    if task == "write":
        tag.write(b"".join(ndef.message_encoder([ndef.UriRecord(uri), ndef.TextRecord("bed 7", "en")])))
    elif task == "close":
        tag.select(0xE103)
        tag.update(14, b"\xFF")
    for record in ndef.message_decoder(tag.message()):
        print(record.uri if isinstance(record, ndef.UriRecord) else record.text)


if __name__ == "__main__":
    main(*sys.argv[1:])
