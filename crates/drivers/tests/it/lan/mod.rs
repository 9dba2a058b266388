//! The drivers that look at the network around them, and at what advertises.

mod bluetooth;
mod bluez;
mod dhcp;
mod fuzz;
mod namespaces;
mod network;

use crate::support::House;
use drivers::{Quality, Rule};
use model::{Order, ReportBody, RequestId, Searched, Sighting};

impl House {
    /// Tells a driver something.
    pub(crate) async fn tell(&self, driver: &str, order: Order) {
        self.orders.send((driver.to_owned(), order)).await.unwrap();
    }

    /// Waits until the driver is degraded for a reason that says this.
    pub(crate) async fn degraded(&mut self, because: &str) {
        self.until(&format!("trouble: {because}"), |body| match body {
            ReportBody::State(model::DriverState::Degraded { reason }) => {
                reason.contains(because).then_some(())
            }
            _ => None,
        })
        .await;
    }

    /// Waits until a thing is sighted as it is wanted.
    pub(crate) async fn sighted(
        &mut self,
        id: &str,
        what: &str,
        is_it: impl Fn(&Sighting) -> bool,
    ) -> Sighting {
        self.until(&format!("{id}: {what}"), |body| match body {
            ReportBody::Sighted(sighting) if sighting.native_id == id && is_it(sighting) => {
                Some(Sighting::clone(sighting))
            }
            _ => None,
        })
        .await
    }

    /// Waits until a thing is no longer seen, and says why.
    pub(crate) async fn unsighted(&mut self, id: &str) -> String {
        self.until(&format!("{id} to go"), |body| match body {
            ReportBody::Unsighted { native_id, reason } if native_id == id => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    /// Begins a search.
    pub(crate) async fn scan(&self, driver: &str) -> RequestId {
        let request = RequestId::new();
        self.tell(driver, Order::Scan { request }).await;
        request
    }

    /// Waits until a search is done.
    pub(crate) async fn scanned(&mut self, wanted: RequestId) -> Searched {
        self.until("the search to end", |body| match body {
            ReportBody::ScanDone { request, searched } if *request == wanted => {
                Some(searched.clone())
            }
            _ => None,
        })
        .await
    }

    /// Waits for the answer to a device added by hand.
    pub(crate) async fn added(
        &mut self,
        driver: &str,
        description: serde_json::Value,
    ) -> Result<String, String> {
        let wanted = RequestId::new();
        let order = Order::AddManual {
            request: wanted,
            description,
        };
        self.tell(driver, order).await;
        self.until("the answer", |body| match body {
            ReportBody::OrderDone { request, result } if *request == wanted => Some(result.clone()),
            _ => None,
        })
        .await
    }
}

/// The value of a fact.
pub(crate) fn fact<'a>(sighting: &'a Sighting, name: &str) -> Option<&'a str> {
    let found = sighting.facts.iter().find(|fact| fact.name == name);
    found.map(|fact| fact.value.as_str())
}

#[test]
fn every_rule_of_quality_stands_in_the_manifests() {
    for manifest in [
        &drivers::dhcp::MANIFEST,
        &drivers::bluetooth::MANIFEST,
        &drivers::network::MANIFEST,
    ] {
        for rule in Rule::ALL {
            let standing = manifest.quality.iter().filter(|(known, _)| known == rule);
            assert_eq!(standing.count(), 1, "{} {rule:?}", manifest.name);
        }
        for (rule, quality) in manifest.quality {
            if let Quality::Exempt(reason) = quality {
                assert!(!reason.is_empty(), "{} {rule:?}", manifest.name);
            }
        }
    }
}
