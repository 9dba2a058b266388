"""A mail server (aiosmtpd) that takes every mail and prints it as a line of JSON.

The first line is the port on which it listens, on loopback.
"""

import email
import email.policy
import json
import signal

from aiosmtpd.controller import Controller


class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": str(mail["subject"]),
            "id": str(mail["message-id"]),
            "text": mail.get_content().rstrip("\r\n"),
        }
        print(json.dumps(line), flush=True)
        return "250 taken"


# Port 0 would be asked for by the controller itself to see whether it listens.
import socket

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
controller = Controller(Sink(), hostname="127.0.0.1", port=port, decode_data=False)
controller.start()
print(port, flush=True)
signal.pause()
