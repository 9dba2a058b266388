//! A client of MQTT 3.1.1 that costs next to nothing: it must not be what is measured.

use anyhow::Context as _;
use std::io::{BufReader, BufWriter, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// What sends.
pub(crate) struct Sender {
    stream: BufWriter<TcpStream>,
}

/// What receives.
pub(crate) struct Receiver {
    stream: BufReader<TcpStream>,
}

/// A message.
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

/// Connects under a name and subscribes to some topics.
pub(crate) fn connect(
    address: SocketAddr,
    name: &str,
    topics: &[&str],
) -> anyhow::Result<(Sender, Receiver)> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut sender = Sender {
        stream: BufWriter::with_capacity(64 * 1024, stream.try_clone()?),
    };
    let mut receiver = Receiver {
        stream: BufReader::with_capacity(64 * 1024, stream),
    };
    // Version 4, a clean session, no keep-alive.
    let mut body = b"\x00\x04MQTT\x04\x02\x00\x00".to_vec();
    text(&mut body, name)?;
    sender.packet(0x10, &body)?;
    sender.flush()?;
    let (kind, _) = receiver.packet()?;
    anyhow::ensure!(kind == 0x20, "the broker did not take the connection");
    if !topics.is_empty() {
        let mut body = vec![0, 1];
        for topic in topics {
            text(&mut body, topic)?;
            body.push(0);
        }
        sender.packet(0x82, &body)?;
        sender.flush()?;
        let (kind, _) = receiver.packet()?;
        anyhow::ensure!(kind == 0x90, "the broker did not take the subscription");
    }
    Ok((sender, receiver))
}

impl Sender {
    /// Publishes without asking for an acknowledgement; [`Sender::flush`] sends what is gathered.
    pub(crate) fn publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        retain: bool,
    ) -> anyhow::Result<()> {
        let mut body = Vec::with_capacity(topic.len() + payload.len() + 2);
        text(&mut body, topic)?;
        body.extend_from_slice(payload);
        self.packet(0x30 | u8::from(retain), &body)
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.stream.flush()?)
    }

    fn packet(&mut self, kind: u8, body: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(&[kind])?;
        let mut rest = body.len();
        loop {
            let low = u8::try_from(rest & 0x7f)?;
            rest >>= 7;
            let more = if rest > 0 { 0x80 } else { 0 };
            self.stream.write_all(&[low | more])?;
            if rest == 0 {
                break;
            }
        }
        Ok(self.stream.write_all(body)?)
    }
}

impl Receiver {
    /// The next message; an error when the connection ends.
    pub(crate) fn next(&mut self) -> anyhow::Result<Message> {
        loop {
            let (kind, body) = self.packet()?;
            if kind & 0xf0 != 0x30 {
                continue;
            }
            let length = body
                .get(..2)
                .map(|bytes| usize::from(bytes[0]) << 8 | usize::from(bytes[1]))
                .context("a message has no topic")?;
            let topic = body
                .get(2..2 + length)
                .context("a message's topic is cut off")?;
            return Ok(Message {
                topic: String::from_utf8(topic.to_vec())?,
                payload: body[2 + length..].to_vec(),
            });
        }
    }

    fn packet(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        let kind = byte[0];
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            self.stream.read_exact(&mut byte)?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((kind, body))
    }
}

fn text(body: &mut Vec<u8>, text: &str) -> anyhow::Result<()> {
    body.extend_from_slice(&u16::try_from(text.len())?.to_be_bytes());
    body.extend_from_slice(text.as_bytes());
    Ok(())
}
