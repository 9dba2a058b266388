//! The settings of the driver, and where servers keep their leases.

use crate::Interfaces;
use std::path::PathBuf;

/// Where DHCP servers of this machine keep their leases, unless told otherwise.
pub(super) const USUAL: &[&str] = &[
    "/var/lib/misc/dnsmasq.leases",
    "/var/lib/dnsmasq/dnsmasq.leases",
    "/var/lib/NetworkManager/dnsmasq.leases",
    "/etc/pihole/dhcp.leases",
    "/tmp/dhcp.leases",
    "/var/lib/dhcp/dhcpd.leases",
    "/var/lib/dhcpd/dhcpd.leases",
    "/var/lib/misc/udhcpd.leases",
];

/// How the driver is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where things are looked for.
    pub interfaces: Interfaces,
    /// The lease files to read; none means those of the usual places that exist.
    pub leases: Vec<PathBuf>,
}

impl Settings {
    /// Reads the value of `DHCP_LEASE_FILES`: paths separated by commas.
    #[must_use]
    pub fn new(interfaces: Interfaces, leases: &str) -> Self {
        let leases = leases.split(',').map(str::trim);
        Self {
            interfaces,
            leases: leases
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
                .collect(),
        }
    }
}
