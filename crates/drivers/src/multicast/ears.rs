//! Keeps sockets open on the interfaces that are to be searched, and hands on what they hear.

use super::{
    Nic,
    gate::{Gate, Lost},
    nic::nics,
    socket,
};
use crate::{Interfaces, telemetry};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Instant,
};
use tokio::{net::UdpSocket, sync::mpsc, task::JoinHandle};

/// What is heard and not yet looked at.
const QUEUE: usize = 256;
/// The largest datagram that is looked at.
const LARGEST: usize = 9_216;

/// What is listened to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    /// The driver, for its counters.
    pub(crate) driver: &'static str,
    /// Of IPv4.
    pub(crate) v4: IpAddr,
    /// Of IPv6, where it is used.
    pub(crate) v6: Option<IpAddr>,
    /// The port of both.
    pub(crate) port: u16,
    /// How many routers what is asked may pass.
    pub(crate) ttl: u32,
    /// Whether questions go out from a port of their own, and are answered to it alone.
    pub(crate) asks_apart: bool,
}

/// A datagram.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The interface's index.
    pub(crate) nic: u32,
    pub(crate) sender: IpAddr,
    pub(crate) bytes: Vec<u8>,
}

/// The open sockets.
pub(crate) struct Ears {
    group: Group,
    wanted: Interfaces,
    open: BTreeMap<u32, Ear>,
    /// Why an interface cannot be listened to.
    faults: BTreeMap<String, String>,
    to_driver: mpsc::Sender<Heard>,
    heard: mpsc::Receiver<Heard>,
    began: Instant,
}

/// What is open on one interface.
struct Ear {
    nic: Arc<Nic>,
    /// What is asked with, and where to.
    mouths: Vec<(Arc<UdpSocket>, SocketAddr)>,
    readers: Vec<JoinHandle<()>>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// What has changed of the interfaces.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// Indices of those that are listened to as of now.
    pub(crate) came: Vec<u32>,
    /// Indices of those that are gone.
    pub(crate) went: Vec<u32>,
}

impl Ears {
    pub(crate) fn new(group: Group, wanted: Interfaces) -> Self {
        let (to_driver, heard) = mpsc::channel(QUEUE);
        Self {
            group,
            wanted,
            open: BTreeMap::new(),
            faults: BTreeMap::new(),
            to_driver,
            heard,
            began: Instant::now(),
        }
    }

    /// Looks at the interfaces anew; must be called within a runtime.
    pub(crate) fn follow(&mut self) -> io::Result<Change> {
        let now = nics(&self.wanted)?;
        let mut change = Change::default();
        let open = &mut self.open;
        open.retain(|index, ear| {
            // One whose addresses have changed is joined anew.
            let stays = now.get(index).is_some_and(|nic| *nic == *ear.nic)
                && ear.readers.iter().all(|reader| !reader.is_finished());
            if !stays {
                change.went.push(*index);
            }
            stays
        });
        self.faults.clear();
        for (index, nic) in now {
            if self.open.contains_key(&index) {
                continue;
            }
            let name = nic.name.clone();
            match self.listen(nic) {
                Ok(ear) => {
                    self.open.insert(index, ear);
                    change.came.push(index);
                }
                Err(error) => {
                    self.faults.insert(name, error.to_string());
                }
            }
        }
        Ok(change)
    }

    /// Opens what is to be open on an interface.
    fn listen(&self, nic: Nic) -> io::Result<Ear> {
        let group = self.group;
        let nic = Arc::new(nic);
        let mut ear = Ear {
            nic: Arc::clone(&nic),
            mouths: Vec::new(),
            readers: Vec::new(),
        };
        let mut open = |address: IpAddr| -> io::Result<()> {
            let socket = Arc::new(socket::listen(address, group.port, group.ttl, &nic)?);
            let target = socket::target(address, group.port, &nic);
            ear.readers.push(self.read(&socket, &nic));
            let mouth = if group.asks_apart {
                let mouth = Arc::new(socket::ask(group.ttl, &nic)?);
                ear.readers.push(self.read(&mouth, &nic));
                mouth
            } else {
                socket
            };
            ear.mouths.push((mouth, target));
            Ok(())
        };
        // Either will do; an interface may well have only one of them.
        let v4 = match nic.v4() {
            Some(_) => open(group.v4),
            None => Err(io::Error::other("it has no IPv4 address")),
        };
        let v6 = match group.v6.filter(|_| nic.has_v6()) {
            Some(address) => open(address),
            None => Err(io::Error::other("it has no IPv6 address")),
        };
        match (v4, v6) {
            (Err(fault), Err(_)) => Err(fault),
            _ => Ok(ear),
        }
    }

    /// Reads from a socket for as long as it can be read from.
    fn read(&self, socket: &Arc<UdpSocket>, nic: &Arc<Nic>) -> JoinHandle<()> {
        let (socket, nic) = (Arc::clone(socket), Arc::clone(nic));
        let (to_driver, driver, began) = (self.to_driver.clone(), self.group.driver, self.began);
        tokio::spawn(async move {
            let mut gate = Gate::default();
            let mut buffer = vec![0; LARGEST];
            loop {
                let (length, sender) = match socket.recv_from(&mut buffer).await {
                    Ok(received) => received,
                    // Somebody whom we asked refuses: that is no fault of the socket.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
                    Err(_) => return,
                };
                let sender = sender.ip().to_canonical();
                if !nic.reaches(sender) {
                    continue;
                }
                let (may, lost) = gate.admit(sender, began.elapsed());
                if let Some(Lost {
                    sender,
                    dropped,
                    is_news,
                }) = lost
                {
                    telemetry::loud(driver, sender, dropped, is_news);
                }
                if !may {
                    continue;
                }
                telemetry::received(driver, 1);
                let heard = Heard {
                    nic: nic.index,
                    sender,
                    bytes: buffer[..length].to_vec(),
                };
                if to_driver.send(heard).await.is_err() {
                    return;
                }
            }
        })
    }

    /// The next datagram. Cancel safe.
    pub(crate) async fn hear(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }

    /// Says something to the group on one interface, or on all; whether it went out anywhere.
    pub(crate) async fn say(&mut self, nic: Option<u32>, bytes: &[u8]) -> bool {
        let mut went_out = false;
        let mut broken = Vec::new();
        for (index, ear) in &self.open {
            if nic.is_some_and(|nic| nic != *index) {
                continue;
            }
            let mut fault = None;
            let mut spoke = false;
            for (socket, target) in &ear.mouths {
                match socket.send_to(bytes, *target).await {
                    Ok(_) => spoke = true,
                    Err(error) => fault = Some(error.to_string()),
                }
            }
            went_out |= spoke;
            // One family may lack an address for a moment.
            broken.extend(fault.filter(|_| !spoke).map(|fault| (*index, fault)));
        }
        for (index, fault) in broken {
            if let Some(ear) = self.open.get(&index) {
                self.faults.insert(ear.nic.name.clone(), fault);
            }
        }
        went_out
    }

    /// Whether anything is listened to.
    pub(crate) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The names of the interfaces that are listened to.
    pub(crate) fn names(&self) -> Vec<&str> {
        let all = self.open.values();
        all.map(|ear| ear.nic.name.as_str()).collect()
    }

    /// Why nothing, or not everything, is listened to; for people.
    pub(crate) fn trouble(&self) -> Option<String> {
        let faults: Vec<_> = self
            .faults
            .iter()
            .map(|(name, fault)| format!("{name}: {fault}"))
            .collect();
        if !faults.is_empty() {
            return Some(format!(
                "cannot listen on {}; another program may hold UDP port {} for itself",
                faults.join("; "),
                self.group.port
            ));
        }
        match &self.wanted {
            Interfaces::All if self.open.is_empty() => Some(
                "there is no network interface that is up; is the machine connected?".to_owned(),
            ),
            Interfaces::All => None,
            Interfaces::Named(names) => {
                let open = self.names();
                let missing: Vec<_> = names
                    .iter()
                    .filter(|name| !open.contains(&name.as_str()))
                    .map(String::as_str)
                    .collect();
                (!missing.is_empty()).then(|| {
                    format!(
                        "the network interface {} is not there or not up; see DISCOVERY_INTERFACES",
                        missing.join(", ")
                    )
                })
            }
        }
    }
}
