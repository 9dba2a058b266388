//! An Avahi and a MiniDLNA of our own, among the devices.

use super::netns::{Link, Peer};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something holds, that no socket tells of.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited for {what}");
        beat.tick().await;
    }
}

/// A host that announces services by mDNS.
pub(crate) struct Avahi {
    link: Link,
    folder: tempfile::TempDir,
    bus: Option<Peer>,
    daemon: Option<Peer>,
    publishers: Vec<Peer>,
}

/// What it offers: a name, a type, a port, TXT pairs.
pub(crate) type Offer<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

impl Avahi {
    pub(crate) fn new(link: &Link) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let bus = format!(
            "<busconfig><type>system</type><listen>unix:path={path}/bus</listen>\
             <auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\"/>\
             <allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>"
        );
        std::fs::write(folder.path().join("bus.conf"), bus).unwrap();
        let config = "[server]\nhost-name=Peer-TV\nallow-interfaces=vd0\nuse-ipv6=no\n\
                      ratelimit-interval-usec=0\n[publish]\npublish-workstation=no\n\
                      publish-hinfo=no\n[rlimits]\n";
        std::fs::write(folder.path().join("avahi.conf"), config).unwrap();
        Self {
            link: link.clone(),
            folder,
            bus: None,
            daemon: None,
            publishers: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.daemon.is_some()
    }

    /// Starts the host with what it offers.
    pub(crate) async fn start(&mut self, offers: &[Offer<'_>]) {
        let address = format!("unix:path={}", self.path("bus"));
        let _ = std::fs::remove_file(self.path("bus"));
        let mut bus = self.link.command("dbus-daemon");
        let config = self.path("bus.conf");
        bus.args(["--nofork", "--nopidfile", "--config-file", &config]);
        self.bus = Some(Peer::start(&mut bus));
        let socket = self.path("bus");
        until("the bus", || Path::new(&socket).exists()).await;
        // Each has its own folder for what it puts under /run: several tests run at a time.
        let mut daemon = self.link.command("sh");
        let script = "mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon && \
                      exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f \"$0\"";
        daemon
            .args(["-c", script, &self.path("avahi.conf")])
            .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        self.daemon = Some(Peer::start(&mut daemon));
        for (name, service, port, text) in offers {
            self.publish((name, service, port, text)).await;
        }
    }

    /// Offers something more.
    pub(crate) async fn publish(&mut self, (name, service, port, text): Offer<'_>) {
        let address = format!("unix:path={}", self.path("bus"));
        // The daemon needs a moment to be there; a publisher that comes too early ends.
        let began = Instant::now();
        loop {
            let mut publish = self.link.command("avahi-publish");
            publish
                .args(["-f", "-s", name, service, port])
                .args(text)
                .env("DBUS_SYSTEM_BUS_ADDRESS", &address);
            let mut publisher = Peer::start(&mut publish);
            let mut beat = tokio::time::interval(Duration::from_millis(20));
            let mut beats = 0;
            while beats < 15 && !publisher.has_ended() {
                beat.tick().await;
                beats += 1;
            }
            if !publisher.has_ended() {
                self.publishers.push(publisher);
                return;
            }
            assert!(began.elapsed() < PATIENCE, "avahi-publish ends at once");
        }
    }

    /// Ends in order, with a goodbye.
    pub(crate) fn end(&mut self) {
        self.publishers.drain(..).for_each(Peer::end);
        self.daemon.take().into_iter().for_each(Peer::end);
        self.bus = None;
    }

    /// Ends without a word.
    pub(crate) fn kill(&mut self) {
        // First the one that would speak for the others.
        self.daemon.take().into_iter().for_each(Peer::kill);
        self.publishers.drain(..).for_each(Peer::kill);
        self.bus = None;
    }
}

/// A media server that announces itself by SSDP.
pub(crate) struct MiniDlna {
    link: Link,
    folder: tempfile::TempDir,
    daemon: Option<Peer>,
}

/// Its name.
pub(crate) const MEDIA_UUID: &str = "4d696e69-444c-164e-9d41-0a770a770a77";

impl MiniDlna {
    pub(crate) fn new(link: &Link) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        std::fs::create_dir(folder.path().join("media")).unwrap();
        let config = format!(
            "port=8200\nnetwork_interface=vd0\nfriendly_name=Peer media\nuuid={MEDIA_UUID}\n\
             serial=SN-4711-0815\nmodel_number=7\nmedia_dir={path}/media\ndb_dir={path}/db\n\
             log_dir={path}/log\ninotify=no\nnotify_interval=60\n"
        );
        std::fs::write(folder.path().join("conf"), config).unwrap();
        Self {
            link: link.clone(),
            folder,
            daemon: None,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.daemon.is_some()
    }

    pub(crate) fn start(&mut self) {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut daemon = self.link.command("minidlnad");
        daemon.args(["-S", "-f", &path("conf"), "-P", &path("pid")]);
        self.daemon = Some(Peer::start(&mut daemon));
    }

    /// Ends in order, with a goodbye.
    pub(crate) fn end(&mut self) {
        self.daemon.take().into_iter().for_each(Peer::end);
    }

    /// Ends without a word.
    pub(crate) fn kill(&mut self) {
        self.daemon.take().into_iter().for_each(Peer::kill);
    }
}
