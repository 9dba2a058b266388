//! A private Mosquitto, a plain client, and a house that watches a driver.

use drivers::{
    Backoff, Factory, Supervisor,
    mqtt::{Address, Options, Settings},
};
use model::{Order, Report, ReportBody};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

/// It is only ever used up when something is wrong, or when the machine does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Says that a test cannot run here; where everything must run, that is a failure.
pub(crate) fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    assert!(std::env::var_os("CI").is_none(), "SKIPPED on CI: {why}");
}

/// A program, wherever it is installed.
pub(crate) fn program(name: &str) -> Option<std::path::PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// A Mosquitto of our own; it ends with the value.
pub(crate) struct Mosquitto {
    child: Option<Child>,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

impl Mosquitto {
    /// Starts one that keeps what is retained; `None` where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::with("allow_anonymous true\n")
    }

    /// Starts one with more lines in its configuration.
    pub(crate) fn with(more: &str) -> Option<Self> {
        program("mosquitto").or_else(|| {
            skipped("mosquitto is not installed");
            None
        })?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let path = folder.path().display();
        let config = format!(
            "listener {port} 127.0.0.1\nset_tcp_nodelay true\npersistence true\n\
             persistence_location {path}/\nmax_queued_messages 0\n{more}"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        let mut broker = Self {
            child: None,
            folder,
            port,
        };
        broker.run();
        Some(broker)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it (again) on the same port.
    pub(crate) fn run(&mut self) {
        let config = self.folder.path().join("mosquitto.conf");
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(program("mosquitto").unwrap());
        command
            .arg("-c")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(
                began.elapsed() < PATIENCE,
                "mosquitto does not listen: {}",
                std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
            );
            std::thread::yield_now();
        }
    }

    /// Ends it as a power cut would, or as an orderly stop (then it keeps what is retained).
    pub(crate) fn stop(&mut self, orderly: bool) {
        if let Some(mut child) = self.child.take() {
            if orderly {
                let _ = Command::new("kill").arg(child.id().to_string()).status();
            } else {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(self.port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.stop(false);
    }
}

pub(crate) fn settings(port: u16) -> Settings {
    Settings {
        address: Address::plain("127.0.0.1", port),
        client_id: "house".to_owned(),
        options: Options::default(),
    }
}

/// A plain client, for the part of the devices.
pub(crate) struct Client {
    client: AsyncClient,
    messages: mpsc::UnboundedReceiver<(String, Vec<u8>)>,
    pump: tokio::task::JoinHandle<()>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Self {
        let mut options = MqttOptions::new(
            format!("test-{}", model::WishId::new()),
            ("127.0.0.1".to_owned(), port),
        );
        options.set_unlimited_incoming_packet_size();
        let (client, mut eventloop) = AsyncClient::builder(options).unbounded().build();
        let (sender, messages) = mpsc::unbounded_channel();
        let (ready, connected) = tokio::sync::oneshot::channel();
        let pump = tokio::spawn(async move {
            let mut ready = Some(ready);
            loop {
                match eventloop.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        if let Some(ready) = ready.take() {
                            let _ = ready.send(());
                        }
                    }
                    Ok(Event::Incoming(Packet::Publish(publish))) => {
                        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                        let _ = sender.send((topic, publish.payload.to_vec()));
                    }
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        });
        timeout(PATIENCE, connected).await.unwrap().unwrap();
        Self {
            client,
            messages,
            pump,
        }
    }

    /// Publishes and waits until the broker has it.
    pub(crate) async fn publish(&self, topic: &str, payload: impl Into<Vec<u8>>, retain: bool) {
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(retain);
        let notice = self
            .client
            .publish_tracked(topic, payload.into(), options)
            .await
            .unwrap();
        timeout(PATIENCE, notice.wait_completion_async())
            .await
            .unwrap()
            .unwrap();
    }

    /// Publishes what the broker may refuse; whether it took it.
    pub(crate) async fn dare(&self, topic: &str, payload: impl Into<Vec<u8>>) -> bool {
        let options = PublishOptions::new(QoS::AtLeastOnce).retained();
        let Ok(notice) = self
            .client
            .publish_tracked(topic, payload.into(), options)
            .await
        else {
            return false;
        };
        let took = timeout(PATIENCE, notice.wait_completion_async()).await;
        matches!(took, Ok(Ok(())))
    }

    /// Publishes many kept messages and waits until the broker has them all.
    pub(crate) async fn publish_all(&self, messages: impl Iterator<Item = (String, String)>) {
        let options = PublishOptions::new(QoS::AtLeastOnce).retained();
        let mut notices = Vec::new();
        for (topic, payload) in messages {
            let sent = self.client.publish_tracked(topic, payload, options.clone());
            notices.push(sent.await.unwrap());
        }
        for notice in notices {
            timeout(PATIENCE, notice.wait_completion_async())
                .await
                .unwrap()
                .unwrap();
        }
    }

    /// Publishes without waiting.
    pub(crate) fn shout(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        let options = PublishOptions::new(QoS::AtMostOnce);
        self.client
            .try_publish(topic, payload.into(), options)
            .unwrap();
    }

    pub(crate) async fn subscribe(&self, topic: &str) {
        let notice = self
            .client
            .subscribe_tracked(topic, QoS::AtLeastOnce)
            .await
            .unwrap();
        timeout(PATIENCE, notice.wait_completion_async())
            .await
            .unwrap()
            .unwrap();
    }

    /// The next message on a topic.
    pub(crate) async fn heard(&mut self, topic: &str) -> String {
        timeout(PATIENCE, async {
            loop {
                let (on, payload) = self.messages.recv().await.unwrap();
                if on == topic {
                    return String::from_utf8(payload).unwrap();
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("nothing on {topic}"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// A house with one driver.
pub(crate) struct House {
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) orders: mpsc::Sender<(String, Order)>,
    pub(crate) stop: CancellationToken,
    pub(crate) supervisor: Supervisor,
    driver: &'static str,
}

impl House {
    pub(crate) fn with(factory: Factory) -> Self {
        Self::backing_off(factory, Backoff::default())
    }

    pub(crate) fn backing_off(factory: Factory, backoff: Backoff) -> Self {
        let (to_house, reports) = mpsc::channel(1_024);
        let (orders, from_house) = mpsc::channel(1_024);
        let stop = CancellationToken::new();
        let driver = factory.manifest.name;
        let supervisor =
            Supervisor::start(vec![factory], to_house, from_house, stop.clone(), backoff);
        Self {
            reports,
            orders,
            stop,
            supervisor,
            driver,
        }
    }

    /// Waits for a report.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut find: impl FnMut(&ReportBody) -> Option<T>,
    ) -> T {
        let mut seen = Vec::new();
        let found = timeout(PATIENCE, async {
            loop {
                let report = self.reports.recv().await.unwrap();
                if let Some(found) = find(&report.body) {
                    return found;
                }
                if seen.len() < 50 {
                    seen.push(report.body);
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("waited for {what}, saw {seen:#?}"))
    }

    pub(crate) async fn running(&mut self) {
        self.until("the driver to run", |body| {
            matches!(body, ReportBody::State(model::DriverState::Running)).then_some(())
        })
        .await;
    }

    /// Waits until a device has this value; `None` is unknown.
    pub(crate) async fn value(&mut self, id: &str, path: &str, wanted: Option<model::Value>) {
        self.until(&format!("{id} {path} = {wanted:?}"), |body| match body {
            ReportBody::Values {
                native_id,
                readings,
            } if native_id == id => readings
                .iter()
                .any(|reading| reading.path.to_string() == path && reading.value == wanted)
                .then_some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn order(&self, order: Order) {
        let driver = self.driver.to_owned();
        self.orders.send((driver, order)).await.unwrap();
    }

    pub(crate) async fn end(mut self) {
        self.stop.cancel();
        let drain = async { while self.reports.recv().await.is_some() {} };
        timeout(PATIENCE, async {
            tokio::join!(drain, self.supervisor.ended())
        })
        .await
        .unwrap();
    }
}
