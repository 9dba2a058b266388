//! Sockets of a multicast group on one interface.

use super::Nic;
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
};
use tokio::net::UdpSocket;

/// A socket that hears what is said to a group on an interface, and nothing else: not what is said
/// to this machine alone, which other programs on the same port wait for.
pub(super) fn listen(group: IpAddr, port: u16, ttl: u32, nic: &Nic) -> io::Result<UdpSocket> {
    let socket = match group {
        IpAddr::V4(group) => {
            let socket = new_v4(nic, ttl)?;
            // Other programs listen on the same port, such as Avahi.
            socket.set_reuse_address(true)?;
            socket.set_reuse_port(true)?;
            // What other sockets have joined on other interfaces is theirs.
            socket.set_multicast_all_v4(false)?;
            socket.join_multicast_v4_n(&group, &InterfaceIndexOrAddress::Index(nic.index))?;
            socket.bind(&SocketAddr::new(group.into(), port).into())?;
            socket
        }
        IpAddr::V6(group) => {
            let socket = new_v6(nic, ttl)?;
            socket.set_reuse_address(true)?;
            socket.set_reuse_port(true)?;
            socket.set_multicast_all_v6(false)?;
            socket.join_multicast_v6(&group, nic.index)?;
            socket.bind(&SocketAddrV6::new(group, port, 0, nic.index).into())?;
            socket
        }
    };
    UdpSocket::from_std(socket.into())
}

/// A socket to ask a group on an interface with; it hears the answers, which come to it alone.
pub(super) fn ask(ttl: u32, nic: &Nic) -> io::Result<UdpSocket> {
    let socket = new_v4(nic, ttl)?;
    let address = nic.v4().unwrap_or(Ipv4Addr::UNSPECIFIED);
    socket.bind(&SocketAddr::new(address.into(), 0).into())?;
    UdpSocket::from_std(socket.into())
}

fn new_v4(nic: &Nic, ttl: u32) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    tie(&socket, nic);
    let address = nic
        .v4()
        .ok_or_else(|| io::Error::other("the interface has no IPv4 address"))?;
    socket.set_multicast_if_v4(&address)?;
    socket.set_multicast_ttl_v4(ttl)?;
    // Services of this very machine are to be found as well.
    socket.set_multicast_loop_v4(true)?;
    Ok(socket)
}

fn new_v6(nic: &Nic, ttl: u32) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_only_v6(true)?;
    tie(&socket, nic);
    socket.set_multicast_if_v6(nic.index)?;
    socket.set_multicast_hops_v6(ttl)?;
    socket.set_multicast_loop_v6(true)?;
    Ok(socket)
}

/// Ties a socket to its interface. Old kernels want a privilege for that; without it the group's own
/// choice of interface has to do.
fn tie(socket: &Socket, nic: &Nic) {
    if socket.bind_device(Some(nic.name.as_bytes())).is_err() {
        tracing::debug!(
            interface = nic.name,
            "socket cannot be tied to its interface"
        );
    }
}

/// Where a group is on an interface.
pub(super) fn target(group: IpAddr, port: u16, nic: &Nic) -> SocketAddr {
    match group {
        IpAddr::V4(_) => SocketAddr::new(group, port),
        IpAddr::V6(group) => scoped(group, port, nic.index),
    }
}

fn scoped(group: Ipv6Addr, port: u16, index: u32) -> SocketAddr {
    SocketAddrV6::new(group, port, 0, index).into()
}
