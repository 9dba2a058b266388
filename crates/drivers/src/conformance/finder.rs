//! The kit for drivers that find things and control none.
//!
//! 1. It starts and reports that it runs.
//! 2. A thing that appears is sighted, with a native id; nothing is announced.
//! 3. A search sights what is there once more and ends as completed, in time.
//! 4. A command ends in Failed, a device added by hand in an error.
//! 5. Hostile input breaks nothing.
//! 6. A thing that goes is unsighted, with a reason; when it is back it bears the same id.
//! 7. While there is nothing to search with, the driver says so and so does a search; then it heals.
//! 8. It ends in time when told to, and after a new start the thing bears the same id.

use super::{Step, done, life::Life, on};
use crate::Factory;
use model::{DriverState, Order, ReportBody, RequestId, Searched, Sighting};
use std::time::Duration;
use tokio::time::timeout;

/// How long a search may take.
const SCAN: Duration = Duration::from_secs(15);

/// What a driver that finds things finds.
pub trait FinderPeer: Send {
    /// Makes a thing appear; always the same one.
    fn appear(&mut self) -> Step<'_>;
    /// Whether a sighting is of that thing. Other things may be about.
    fn is_it(&self, sighting: &Sighting) -> bool;
    /// Sends whatever is broken, huge or wrong.
    fn hostile(&mut self) -> Step<'_>;
    /// Makes the thing go in a way that its protocol notices soon; `None` where none does.
    fn vanish(&mut self) -> Option<Step<'_>>;
    /// Takes away what is searched with, such as an interface; `None` where that cannot be.
    fn leave(&mut self) -> Option<Step<'_>> {
        None
    }
    /// Brings it back.
    fn come_back(&mut self) -> Step<'_> {
        Box::pin(async {})
    }
}

/// Runs a driver that finds things through the kit. `make` gives its factory, once for each start.
///
/// # Errors
/// The first rule that it breaks, with what was seen.
pub async fn check_finder(
    make: impl Fn() -> Factory,
    peer: &mut dyn FinderPeer,
) -> Result<(), String> {
    let mut life = Life::start(make());
    life.running().await?;
    peer.appear().await;
    let id = life.sighted(peer, None).await?;
    life.searched(peer, &id).await?;
    life.refuses(&id).await?;

    peer.hostile().await;
    life.searched(peer, &id)
        .await
        .map_err(|error| format!("after hostile input: {error}"))?;
    if life.broke > 0 {
        return Err("hostile input broke the driver".to_owned());
    }

    if done(peer.vanish()).await {
        life.until(
            "the thing to be unsighted",
            |body| matches!(body, ReportBody::Unsighted { native_id, .. } if *native_id == id),
        )
        .await?;
        peer.appear().await;
        life.sighted(peer, Some(&id))
            .await
            .map_err(|error| format!("after it came back: {error}"))?;
    }

    if done(peer.leave()).await {
        life.until(
            "the driver to notice that it has nothing to search with",
            |body| matches!(body, ReportBody::State(DriverState::Degraded { .. })),
        )
        .await?;
        if let Searched::Completed { .. } = life.search().await? {
            return Err("a search with nothing to search with is said to be done".to_owned());
        }
        peer.come_back().await;
        life.running().await?;
        life.searched(peer, &id)
            .await
            .map_err(|error| format!("after what it searches with came back: {error}"))?;
    }
    life.stop().await?;

    let mut life = Life::start(make());
    life.running().await?;
    peer.appear().await;
    let again = life.sighted(peer, Some(&id)).await;
    life.stop().await?;
    again.map(drop)
}

impl Life {
    /// Waits until the peer's thing is sighted, by this id where one is given.
    async fn sighted(&mut self, peer: &dyn FinderPeer, id: Option<&str>) -> Result<String, String> {
        let what = id.map_or_else(
            || "the thing to be sighted".to_owned(),
            |id| format!("the thing to be sighted as {id}"),
        );
        let body = self
            .until(&what, |body| match body {
                ReportBody::Sighted(sighting) => {
                    peer.is_it(sighting) && id.is_none_or(|id| sighting.native_id == id)
                }
                ReportBody::Announced(_) => true,
                _ => false,
            })
            .await?;
        match body {
            ReportBody::Sighted(sighting) => Ok(sighting.native_id),
            other => Err(format!("a driver that only finds said {other:?}")),
        }
    }

    /// Searches, and expects that the thing is sighted before the search is done.
    async fn searched(&mut self, peer: &dyn FinderPeer, id: &str) -> Result<(), String> {
        // What was said before the search is no answer to it.
        self.clear()?;
        let request = RequestId::new();
        self.tell(Order::Scan { request }).await?;
        let both = async {
            self.sighted(peer, Some(id)).await?;
            self.scan_done(request).await
        };
        let searched = timeout(SCAN, both)
            .await
            .map_err(|_| format!("a search did not end within {} s", SCAN.as_secs()))??;
        match searched {
            Searched::Completed { found } if found > 0 => Ok(()),
            other => Err(format!("a search that found a thing ended in {other:?}")),
        }
    }

    /// Searches, whatever comes of it.
    async fn search(&mut self) -> Result<Searched, String> {
        let request = RequestId::new();
        self.tell(Order::Scan { request }).await?;
        timeout(SCAN, self.scan_done(request))
            .await
            .map_err(|_| format!("a search did not end within {} s", SCAN.as_secs()))?
    }

    async fn scan_done(&mut self, wanted: RequestId) -> Result<Searched, String> {
        let body = self
            .until(
                "a search to end",
                |body| matches!(body, ReportBody::ScanDone { request, .. } if *request == wanted),
            )
            .await?;
        match body {
            ReportBody::ScanDone { searched, .. } => Ok(searched),
            _ => Err("no search ended".to_owned()),
        }
    }

    /// Commands and devices added by hand are refused.
    pub(super) async fn refuses(&mut self, id: &str) -> Result<(), String> {
        let wish = self.order(id, 1, "OnOff", on()).await?;
        match self.answer(wish).await? {
            ReportBody::Failed { .. } => {}
            other => return Err(format!("a command ended in {other:?}")),
        }
        let wanted = RequestId::new();
        self.tell(Order::AddManual {
            request: wanted,
            description: serde_json::json!({ "name": "lamp", "address": "192.0.2.7" }),
        })
        .await?;
        let body = self
            .until(
                "the answer to a device added by hand",
                |body| matches!(body, ReportBody::OrderDone { request, .. } if *request == wanted),
            )
            .await?;
        match body {
            ReportBody::OrderDone { result: Err(_), .. } => Ok(()),
            other => Err(format!("a device added by hand ended in {other:?}")),
        }
    }
}
