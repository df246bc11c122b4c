"""Puts files into a queue of an AMQP 1.0 broker with Qpid Proton, or takes what is left of it out.

produce.py send PORT QUEUE TOKEN FILE ...    one message a file; an empty token is left out
produce.py left PORT QUEUE                   prints how many messages are left after two seconds of quiet
"""

import json
import sys

from proton import Message, Terminus, Timeout, byte, symbol
from proton.reactor import LinkOption
from proton.utils import BlockingConnection


class Kept(LinkOption):
    """A queue that outlives its broker's restart."""

    def apply(self, link):
        end = link.target if link.is_sender else link.source
        end.durability = Terminus.DELIVERIES


what, port, queue, *rest = sys.argv[1:]
link = BlockingConnection(
    f"amqp://localhost:{port}", timeout=20, user="gateway", password="correct horse", allowed_mechs="PLAIN"
)
if what == "send":
    token, *files = rest
    sender = link.create_sender(queue, options=Kept())
    for path in files:
        with open(path, "rb") as file:
            # As the AMQP mapping of JMS has a BytesMessage to a queue: one data section, its type and that of its destination as annotations.
            message = Message(body=file.read(), inferred=True, durable=True, content_type="application/octet-stream")
            message.annotations = {symbol("x-opt-jms-msg-type"): byte(3), symbol("x-opt-jms-dest"): byte(0)}
            message.properties = {"token": token} if token else {}
            sender.send(message)
    json.dump(len(files), sys.stdout)
else:
    receiver, left = link.create_receiver(queue, credit=100, options=Kept()), 0
    try:
        while True:
            receiver.receive(timeout=2)
            receiver.accept()
            left += 1
    except Timeout:
        json.dump(left, sys.stdout)
link.close()
