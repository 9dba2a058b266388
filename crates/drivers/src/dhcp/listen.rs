//! Sockets that hear what DHCP clients broadcast, and the file of leases. All I/O.

use super::{leases, message};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::{self, Read, Seek, SeekFrom},
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket},
    path::Path,
    time::SystemTime,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// Where clients speak to servers.
const PORT: u16 = 67;

/// A message as it came, and on which interface.
pub(super) type Heard = (String, Vec<u8>);

/// Hears what clients broadcast on one interface; it ends with the value.
#[derive(Debug)]
pub(super) struct Listener(JoinHandle<()>);

impl Listener {
    /// Listens. Only what is sent to the broadcast address comes here: what a client sends to a
    /// server of this machine goes to that server.
    pub(super) fn on(interface: &str, heard: mpsc::Sender<Heard>) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        socket.bind_device(Some(interface.as_bytes()))?;
        socket.bind(&SocketAddr::from((Ipv4Addr::BROADCAST, PORT)).into())?;
        let socket = tokio::net::UdpSocket::from_std(UdpSocket::from(socket))?;
        let interface = interface.to_owned();
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; message::LONGEST + 1];
            // An interface that goes ends the socket; the shell takes it away then.
            while let Ok((length, _)) = socket.recv_from(&mut buffer).await {
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                if heard.send((interface.clone(), bytes)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Self(task))
    }

    /// Whether it no longer hears anything.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why listening failed, for people, with what to do.
pub(super) fn explained(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "DHCP messages cannot be heard: the program may not listen on \
             port 67; give it the right with `setcap cap_net_bind_service=+ep` on the program, or \
             `AmbientCapabilities=CAP_NET_BIND_SERVICE` in its service. Neighbours and lease files \
             are read all the same"
                .to_owned()
        }
        io::ErrorKind::AddrInUse => {
            "DHCP messages cannot be heard: another program of this machine holds \
             port 67; if it is a DHCP server, name its lease file in DHCP_LEASE_FILES"
                .to_owned()
        }
        _ => format!("DHCP messages cannot be heard: {error}"),
    }
}

/// Makes the kernel ask after neighbours, by an empty datagram to each one's discard port.
/// Nothing is waited for; what cannot be sent is not.
pub(super) fn nudge(all: &[(u32, IpAddr)]) {
    const DISCARD: u16 = 9;
    let open = |unspecified: &str| {
        let socket = UdpSocket::bind(unspecified).ok()?;
        socket.set_nonblocking(true).ok()?;
        Some(socket)
    };
    let (four, six) = (open("0.0.0.0:0"), open("[::]:0"));
    for (index, address) in all {
        let sent = match address {
            IpAddr::V4(address) => four
                .as_ref()
                .map(|socket| socket.send_to(&[], SocketAddrV4::new(*address, DISCARD))),
            IpAddr::V6(address) => six
                .as_ref()
                .map(|socket| socket.send_to(&[], SocketAddrV6::new(*address, DISCARD, 0, *index))),
        };
        if let Some(Err(error)) = sent {
            tracing::debug!(%address, %error, "neighbour cannot be nudged");
        }
    }
}

/// What tells a file from how it was before.
pub(super) type Stamp = (Option<SystemTime>, u64);

/// How a file is now.
pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    let about = std::fs::metadata(path)?;
    Ok((about.modified().ok(), about.len()))
}

/// Reads a lease file, or its end where it is endless.
pub(super) fn read_leases(path: &Path) -> io::Result<Vec<leases::Lease>> {
    let about = std::fs::metadata(path)?;
    // To open a pipe would wait for somebody to write to it.
    if !about.is_file() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is not a file",
        ));
    }
    let mut file = std::fs::File::open(path)?;
    let length = about.len();
    let longest = leases::LONGEST as u64;
    if length > longest {
        file.seek(SeekFrom::Start(length - longest))?;
    }
    let mut bytes = Vec::new();
    file.take(longest).read_to_end(&mut bytes)?;
    Ok(leases::read(&bytes))
}
