//! The kernel's tables and its notifications of changes, through netlink sockets. All I/O.

use super::netlink::{Ask, GROUPS, LONGEST, News, ask, read};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, netlink, recvfrom, send,
    socket_with,
};
use std::{io, time::Duration};
use tokio::{io::Interest, net::UnixDatagram, time::timeout};

/// How long the kernel may take to say all there is.
const PATIENCE: Duration = Duration::from_secs(3);

/// Messages of one table; the kernel's own limit is far below.
const MOST: usize = 65_536;

/// A socket to the kernel.
#[derive(Debug)]
pub(super) struct Table {
    /// A netlink socket. It waits as any datagram socket does, and tokio has no type of its own
    /// for it.
    socket: UnixDatagram,
    buffer: Vec<u8>,
}

impl Table {
    /// A socket that is told of changes.
    pub(super) fn listening() -> io::Result<Self> {
        Self::open(GROUPS)
    }

    fn open(groups: u32) -> io::Result<Self> {
        // Protocol 0 of netlink: routes, links and neighbours.
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::NONBLOCK | SocketFlags::CLOEXEC,
            None,
        )?;
        bind(&socket, &netlink::SocketAddrNetlink::new(0, groups))?;
        Ok(Self {
            socket: UnixDatagram::from_std(socket.into())?,
            buffer: vec![0; LONGEST],
        })
    }

    /// What the kernel says next. An error of the kind that [`lost_some`] knows means that it said
    /// more than was listened to.
    pub(super) async fn next(&mut self) -> io::Result<Vec<News>> {
        let (socket, buffer) = (&self.socket, &mut self.buffer);
        loop {
            let receive = || Ok(recvfrom(socket, buffer.as_mut_slice(), RecvFlags::empty())?);
            let (_, length, from) = socket.async_io(Interest::READABLE, receive).await?;
            // Only the kernel itself is believed.
            let from = from.and_then(|from| netlink::SocketAddrNetlink::try_from(from).ok());
            if from.is_some_and(|from| from.pid() == 0) {
                return Ok(read(buffer.get(..length).unwrap_or_default()));
            }
        }
    }
}

/// All interfaces and all neighbours.
pub(super) async fn dump() -> io::Result<Vec<News>> {
    let all = async {
        let mut table = Table::open(0)?;
        let mut all = Vec::new();
        for (sequence, what) in [(1, Ask::Links), (2, Ask::Neighbours)] {
            send(&table.socket, &ask(what, sequence), SendFlags::empty())?;
            let mut is_done = false;
            while !is_done {
                for news in table.next().await? {
                    match news {
                        News::Done => is_done = true,
                        News::Refused(code) => return Err(io::Error::from_raw_os_error(code)),
                        news if all.len() < MOST => all.push(news),
                        _ => {}
                    }
                }
            }
        }
        Ok(all)
    };
    timeout(PATIENCE, all).await.unwrap_or_else(|_| {
        let text = "the kernel did not say its neighbours in time";
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    })
}

/// Whether notifications were lost, so that all has to be asked for anew.
pub(super) fn lost_some(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NOBUFS.raw_os_error())
}
