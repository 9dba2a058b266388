//! The drivers that find things in the network, against real peers in network namespaces.

mod hostile;
mod mdns;
mod netns;
mod peers;
mod ssdp;

use crate::support::House;
use model::{Order, ReportBody, RequestId, Searched, Sighting};

/// Waits until something is sighted.
async fn sighted(house: &mut House, what: &str, is_it: impl Fn(&Sighting) -> bool) -> Sighting {
    house
        .until(what, |body| match body {
            ReportBody::Sighted(sighting) if is_it(sighting) => Some(Sighting::clone(sighting)),
            _ => None,
        })
        .await
}

/// Waits until something is unsighted; how that is known.
async fn unsighted(house: &mut House, id: &str) -> String {
    house
        .until(&format!("{id} to be unsighted"), |body| match body {
            ReportBody::Unsighted { native_id, reason } if native_id == id => Some(reason.clone()),
            _ => None,
        })
        .await
}

/// Has a driver search; what was sighted meanwhile, and how it ended.
async fn searched(house: &mut House, driver: &str) -> (Vec<Sighting>, Searched) {
    let wanted = RequestId::new();
    let order = Order::Scan { request: wanted };
    house.orders.send((driver.to_owned(), order)).await.unwrap();
    let mut seen = Vec::new();
    let searched = house
        .until("the search to end", |body| match body {
            ReportBody::Sighted(sighting) => {
                seen.push(Sighting::clone(sighting));
                None
            }
            ReportBody::ScanDone { request, searched } if *request == wanted => {
                Some(searched.clone())
            }
            _ => None,
        })
        .await;
    (seen, searched)
}

/// What a sighting says of something.
fn fact<'a>(sighting: &'a Sighting, name: &str) -> Option<&'a str> {
    let mut facts = sighting.facts.iter();
    facts
        .find(|fact| fact.name == name)
        .map(|fact| fact.value.as_str())
}
