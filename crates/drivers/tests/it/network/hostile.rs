//! What a wicked neighbour sends: garbage, floods, names without number.

use super::netns::WICKED;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;

/// Where mDNS and SSDP are spoken.
pub(crate) const MDNS: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 0, 251), 5353);
pub(crate) const SSDP: (Ipv4Addr, u16) = (Ipv4Addr::new(239, 255, 255, 250), 1900);

/// A neighbour on the house's own interface, by an address of its own.
pub(crate) struct Neighbour {
    socket: UdpSocket,
    group: SocketAddr,
}

impl Neighbour {
    pub(crate) async fn new(group: (Ipv4Addr, u16)) -> Self {
        let socket = UdpSocket::bind((WICKED, 0)).await.unwrap();
        // A route leads all groups out of the only interface; the sender's address is its own.
        socket.set_multicast_ttl_v4(1).unwrap();
        Self {
            socket,
            group: group.into(),
        }
    }

    pub(crate) async fn say(&self, bytes: &[u8]) {
        // A full queue drops it, as on any link.
        let _ = self.socket.send_to(bytes, self.group).await;
    }

    /// Everything that is no message.
    pub(crate) async fn garbage(&self) {
        let mut all: Vec<Vec<u8>> = vec![
            Vec::new(),
            vec![0],
            vec![0xff; 9_000],
            vec![0; 9_000],
            b"NOTIFY * HTTP/1.1\r\n".repeat(400),
            b"HTTP/1.1 200 OK\r\nUSN: uuid:\xff\xfe\r\nLOCATION: \r\n\r\n".to_vec(),
            // An answer that counts 65,535 records and has none; one whose name leads to itself.
            vec![0, 0, 0x84, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            vec![
                0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, 0,
            ],
        ];
        // Bytes without sense, and always the same ones.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for length in 0..200_usize {
            let bytes = (0..length * 7).map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()[0]
            });
            all.push(bytes.collect());
        }
        for bytes in all {
            self.say(&bytes).await;
        }
    }
}

fn name(packet: &mut Vec<u8>, name: &str) {
    for label in name.split('.') {
        packet.push(u8::try_from(label.len()).unwrap());
        packet.extend(label.bytes());
    }
    packet.push(0);
}

/// An mDNS answer that announces a host with a service.
pub(crate) fn host(label: &str, address: Ipv4Addr, ttl: u32) -> Vec<u8> {
    let instance = format!("{label}._http._tcp.local");
    let place = format!("{label}.local");
    let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, 4, 0, 0, 0, 0];
    let mut record = |of: &str, kind: u16, data: &[u8]| {
        name(&mut packet, of);
        packet.extend(kind.to_be_bytes());
        packet.extend([0, 1]);
        packet.extend(ttl.to_be_bytes());
        packet.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        packet.extend(data);
    };
    let mut data = Vec::new();
    name(&mut data, &instance);
    record("_http._tcp.local", 12, &data);
    let mut data = vec![0, 0, 0, 0, 0, 80];
    name(&mut data, &place);
    record(&instance, 33, &data);
    record(&instance, 16, &[0]);
    record(&place, 1, &address.octets());
    packet
}

/// An SSDP message that announces a device.
pub(crate) fn device(uuid: &str, location: &str) -> Vec<u8> {
    format!(
        "NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n\
         LOCATION: {location}\r\nNTS: ssdp:alive\r\nNT: upnp:rootdevice\r\n\
         USN: uuid:{uuid}::upnp:rootdevice\r\n\r\n"
    )
    .into_bytes()
}
