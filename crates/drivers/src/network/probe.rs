//! Looks whether a thing is there, and what it says of itself. All I/O.

use super::{
    description::{Description, Host, is_inside, outside},
    page::{self, Page},
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// How long a name may take to be found, a connection to be made, and a page to come.
const NAME: Duration = Duration::from_secs(2);
const CONNECTION: Duration = Duration::from_secs(3);
const PAGE: Duration = Duration::from_secs(2);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) address: SocketAddr,
    /// What its web server says, where it has one.
    pub(super) page: Option<Page>,
}

/// Connects to a thing; the error says why it cannot be reached, and what to look at.
pub(super) async fn probe(what: &Description, wants_page: bool) -> Result<Found, String> {
    let address = SocketAddr::new(resolve(what).await?, what.port);
    let stream = match timeout(CONNECTION, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(what, address, &error)),
        Err(_) => {
            let error = io::Error::from(io::ErrorKind::TimedOut);
            return Err(unreachable(what, address, &error));
        }
    };
    let page = if wants_page && what.kind.is_http {
        let page = timeout(PAGE, ask(stream, what)).await.unwrap_or_default();
        let page = page.as_deref().and_then(page::read);
        if page.is_none() {
            return Err(format!(
                "something listens at {address}, but it does not answer by HTTP; is `{}` its type, and {} its port?",
                what.kind.word, what.port
            ));
        }
        page
    } else {
        None
    };
    Ok(Found { address, page })
}

async fn resolve(what: &Description) -> Result<IpAddr, String> {
    let name = match &what.host {
        Host::Address(address) => return Ok(*address),
        Host::Name(name) => name,
    };
    let unknown =
        "is the name right, and does the network know it? An address as `ip` works without a name";
    let all = match timeout(NAME, lookup_host((name.as_str(), what.port))).await {
        Ok(Ok(all)) => all.map(|found| found.ip().to_canonical()),
        Ok(Err(error)) => return Err(format!("the name {name} is not known ({error}); {unknown}")),
        Err(_) => return Err(format!("nobody answered for the name {name}; {unknown}")),
    };
    let mut all: Vec<_> = all.take(16).collect();
    // The older kind first: more things listen there.
    all.sort_by_key(IpAddr::is_ipv6);
    match (all.iter().find(|found| is_inside(**found)), all.first()) {
        (Some(inside), _) => Ok(*inside),
        (None, Some(found)) => Err(format!(
            "the name {name} leads outside: {}",
            outside(*found)
        )),
        (None, None) => Err(format!("the name {name} has no address; {unknown}")),
    }
}

/// Asks for the first page, and takes what comes until it is enough.
async fn ask(mut stream: TcpStream, what: &Description) -> Option<Vec<u8>> {
    let request = page::request(&what.place(), what.port);
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    let mut limited = stream.take(page::LONGEST as u64);
    loop {
        let read = limited.read_buf(&mut bytes).await;
        let is_enough = page::read(&bytes).is_some_and(|page| page.title.is_some());
        match read {
            Ok(0) | Err(_) => break,
            Ok(_) if is_enough => break,
            Ok(_) => {}
        }
    }
    Some(bytes)
}

fn unreachable(what: &Description, address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!(
            "{address} refuses the connection: the device is there, but nothing listens on port {}; is `{}` its type, or has it another port?",
            what.port, what.kind.word
        ),
        io::ErrorKind::TimedOut => format!(
            "{address} does not answer; is the device switched on, is the address right, and is it in the same network?"
        ),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => format!(
            "{address} cannot be reached: no device has this address now; is it switched on, and is the address right?"
        ),
        _ => format!(
            "{address} cannot be reached: {error}; is the device switched on, and is the address right?"
        ),
    }
}
