// The least of MQTT 3.1.1 that a device needs to announce itself: connect, publish, go.
import { connect } from 'node:net';

const text = (it) => {
  const bytes = Buffer.from(it);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};

function packet(head, ...parts) {
  const body = Buffer.concat(parts);
  const length = [];
  for (let rest = body.length; ; ) {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
    if (rest === 0) break;
  }
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}

/** Publishes one retained message, and waits until the broker has it. */
export function publish(broker, topic, message) {
  const { hostname, port } = new URL(broker);
  return new Promise((done, fail) => {
    const socket = connect(Number(port), hostname);
    socket.setTimeout(10_000, () => socket.destroy(new Error('the broker is silent')));
    socket.on('error', fail);
    socket.on('connect', () => socket.write(packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 60]), text(`e2e-${process.pid}`))));
    socket.on('data', (data) => {
      // 0x20 answers the connection, 0x40 the message.
      if (data[0] === 0x20) socket.write(packet(0x33, text(topic), Buffer.from([0, 1]), Buffer.from(JSON.stringify(message))));
      if (data[0] === 0x40) socket.end(packet(0xe0), done);
    });
  });
}
