//! Searches for devices: one at a time, over every protocol that takes part, with an end.

use crate::{Effects, House, Refusal, RefusalCode, telemetry};
use imbl::Vector;
use model::{
    Cause, DiscoveryId, EventBody, Now, Order, ProtocolScan, RequestId, Scan, ScanId, ScanStatus,
    Searched,
};
use std::sync::Arc;
use std::time::Duration;
use store::Record;

/// How long the protocols have.
const PATIENCE: Duration = Duration::from_secs(25);

/// How many ended searches are at hand without asking the database.
const REMEMBERED: usize = 20;

/// The search that is under way.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// What drivers answer to.
    request: RequestId,
    scan: Scan,
    began: Duration,
}

impl House {
    /// Begins a search; while one is under way, that one is the answer.
    pub(crate) fn scan(
        &mut self,
        request: RequestId,
        wanted: &[String],
        cause: &Cause,
        now: Now,
        effects: &mut Effects,
    ) -> Result<ScanId, Refusal> {
        let known = |name: &String| self.state.searchers.iter().any(|one| one.protocol == *name);
        if let Some(unknown) = wanted.iter().find(|name| !known(name)) {
            let shown: String = unknown.chars().take(40).collect();
            let all: Vec<_> = self
                .state
                .searchers
                .iter()
                .map(|one| one.protocol.as_str())
                .collect();
            return Err(Refusal::new(
                RefusalCode::UnknownDriver,
                format!("nothing here searches by `{shown}`"),
                if all.is_empty() {
                    "nothing here can search".to_owned()
                } else {
                    format!("some of {}", all.join(", "))
                },
                "name one of them, or none to search by all",
            ));
        }
        if let Some(search) = &self.search {
            return Ok(search.scan.id);
        }
        let taking_part = self
            .state
            .searchers
            .iter()
            .filter(|one| wanted.is_empty() || wanted.contains(&one.protocol));
        let protocols: Vec<_> = taking_part
            .map(|one| ProtocolScan {
                protocol: one.protocol.clone(),
                status: if one.disabled.is_some() {
                    ScanStatus::Disabled
                } else {
                    ScanStatus::Running
                },
                found: 0,
                duration_ms: 0,
                error: one.disabled.clone(),
            })
            .collect();
        for protocol in &protocols {
            if protocol.status == ScanStatus::Running {
                let order = (protocol.protocol.clone(), Order::Scan { request });
                effects.orders.push(order);
            }
        }
        let scan = Scan {
            id: ScanId::new(),
            cause: cause.clone(),
            started: now.house,
            ended: None,
            protocols,
            new: Vec::new(),
        };
        let id = scan.id;
        self.show(&scan);
        let body = EventBody::ScanStarted {
            scan: Box::new(scan.clone()),
        };
        self.emit(cause, body, now.house, effects);
        self.search = Some(Search {
            request,
            scan,
            began: now.steady,
        });
        self.end_search_if_done(now, effects);
        Ok(id)
    }

    /// A driver has done its part of a search.
    pub(crate) fn scan_done(
        &mut self,
        driver: &str,
        request: RequestId,
        searched: Searched,
        now: Now,
        effects: &mut Effects,
    ) {
        // An answer to a search that has ended says nothing about this one.
        let Some(search) = self
            .search
            .as_mut()
            .filter(|search| search.request == request)
        else {
            return;
        };
        let took = now.steady.saturating_sub(search.began);
        let part = search
            .scan
            .protocols
            .iter_mut()
            .find(|part| part.protocol == driver && part.status == ScanStatus::Running);
        let Some(part) = part else { return };
        part.duration_ms = milliseconds(took);
        (part.status, part.found, part.error) = match searched {
            Searched::Completed { found } => (ScanStatus::Completed, found, None),
            Searched::Failed { reason } => (ScanStatus::Failed, 0, Some(reason)),
            Searched::Unavailable { reason } => (ScanStatus::Unavailable, 0, Some(reason)),
        };
        let scan = search.scan.clone();
        self.show(&scan);
        self.end_search_if_done(now, effects);
    }

    /// Notes that a thing was found for the first time.
    pub(crate) fn found_by_search(&mut self, discovery: DiscoveryId) {
        if let Some(search) = &mut self.search {
            search.scan.new.push(discovery);
        }
    }

    /// Ends a search whose time is over.
    pub(crate) fn tick_search(&mut self, now: Now, effects: &mut Effects) {
        let Some(search) = &mut self.search else {
            return;
        };
        let took = now.steady.saturating_sub(search.began);
        if took < PATIENCE {
            return;
        }
        for part in &mut search.scan.protocols {
            if part.status == ScanStatus::Running {
                part.status = ScanStatus::TimedOut;
                part.duration_ms = milliseconds(took);
                part.error = Some(format!("no answer within {} s", PATIENCE.as_secs()));
            }
        }
        self.end_search_if_done(now, effects);
    }

    fn end_search_if_done(&mut self, now: Now, effects: &mut Effects) {
        let is_done = |search: &mut Search| {
            let mut parts = search.scan.protocols.iter();
            parts.all(|part| part.status != ScanStatus::Running)
        };
        let Some(Search { mut scan, .. }) = self.search.take_if(is_done) else {
            return;
        };
        scan.ended = Some(now.house);
        for part in &scan.protocols {
            telemetry::searched(part);
        }
        self.keep_what_was_seen(&scan, effects);
        self.show(&scan);
        effects.keep.push(Record::Scan(Box::new(scan.clone())));
        let cause = scan.cause.clone();
        let body = EventBody::ScanEnded {
            scan: Box::new(scan),
        };
        self.emit(&cause, body, now.house, effects);
    }

    /// Shows a search to readers, as it stands.
    fn show(&mut self, scan: &Scan) {
        let scans = &mut self.state.scans;
        match scans.iter().position(|shown| shown.id == scan.id) {
            Some(place) => drop(scans.set(place, Arc::new(scan.clone()))),
            None => scans.push_front(Arc::new(scan.clone())),
        }
        scans.truncate(REMEMBERED);
    }
}

/// The searches that readers see, newest first.
pub(crate) type Scans = Vector<Arc<Scan>>;

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
