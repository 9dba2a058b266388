//! Finds the addresses of a name and lets only those through that may be connected to.

use crate::{Fault, Place, place};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc};

/// Resolves names for a client, which connects to nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Guarded {
    /// Hosts that a setting names: they may be anywhere.
    pub(crate) named: Arc<BTreeSet<String>>,
}

impl Guarded {
    /// Whether a host's address may be connected to.
    pub(crate) fn judge(&self, host: &str, address: SocketAddr) -> Result<(), Fault> {
        let place = place(address.ip());
        let may = match place {
            Place::Outside => true,
            Place::Multicast => false,
            // `0.0.0.0` is this machine for the kernel, and nobody means it.
            Place::Reserved => false,
            Place::Loopback | Place::Private | Place::LinkLocal => self.named.contains(host),
        };
        if may {
            return Ok(());
        }
        Err(Fault::Inside {
            host: host.to_owned(),
            address: address.ip(),
            place,
        })
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let found: Vec<_> = found
                .map_err(|error| Fault::Unresolved {
                    host: host.clone(),
                    why: error.to_string(),
                })?
                .collect();
            // One address of the inside spoils the name: an honest service has none.
            for address in &found {
                guard.judge(&host, *address)?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
