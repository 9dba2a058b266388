//! What is known of the hosts on the link, from what they say and for how long they said it.
//!
//! Pure: records and the time come in, reports and questions come out.

use super::{
    book::Book,
    message::{self, Kind, Question},
    name::Name,
    types::TYPES,
};
use crate::{multicast::Refused, refusal::refusal, telemetry};
use model::{Order, Report, ReportBody, RequestId, Searched};
use std::{collections::BTreeSet, net::IpAddr, time::Duration};

/// The driver's name.
pub const NAME: &str = "mdns";
/// What is answered to those who want more of it than to look.
const REFUSED: &str =
    "mDNS finds what announces itself; nothing can be controlled or added by hand through it";

/// Types that are asked for beyond the well-known ones, because somebody offers them.
const MORE_TYPES: usize = 128;
/// Questions that wait to be asked.
const QUESTIONS: usize = 1_024;
/// When a search asks again, and when it is done.
const STEPS: [Duration; 2] = [Duration::from_millis(1_000), Duration::from_millis(2_500)];
const DONE: Duration = Duration::from_secs(4);
/// Searches that wait for the same end.
const REQUESTS: usize = 64;

/// A question, and on which interface to ask it; `None` on all.
type Asked = (Option<u32>, Question);

/// The driver's mind.
#[derive(Debug)]
pub(super) struct Mdns {
    book: Book,
    /// Types that others offer.
    more: BTreeSet<Box<str>>,
    questions: Vec<Asked>,
    /// What is in `questions`.
    asked: BTreeSet<(Option<u32>, Box<str>, Kind)>,
    search: Option<Search>,
    /// Why nothing can be searched.
    deaf: Option<String>,
    bad: u64,
}

/// A search under way.
#[derive(Debug)]
struct Search {
    requests: Vec<RequestId>,
    began: Duration,
    step: usize,
}

pub(super) fn report(body: ReportBody) -> Report {
    Report {
        driver: NAME.to_owned(),
        body,
    }
}

impl Mdns {
    pub(super) fn new() -> Self {
        Self {
            book: Book::default(),
            more: BTreeSet::new(),
            questions: Vec::new(),
            asked: BTreeSet::new(),
            search: None,
            deaf: None,
            bad: 0,
        }
    }

    /// A datagram.
    pub(super) fn on_packet(&mut self, nic: u32, sender: IpAddr, bytes: &[u8], now: Duration) {
        let records = match message::read(bytes) {
            Ok(records) => records,
            Err(fault) => {
                self.bad += 1;
                let from = sender.to_string();
                telemetry::bad_message(NAME, &from, "mDNS", fault, self.bad == 1);
                return;
            }
        };
        for service in self.book.take(records, nic, sender, now) {
            let is_known = TYPES.iter().any(|known| known.name == service.as_ref());
            if !is_known && self.more.len() < MORE_TYPES && self.more.insert(service.clone()) {
                let name = Name::of(&format!("{service}.local"));
                self.ask(Some(nic), name, Kind::Ptr);
            }
        }
    }

    /// Time passes: what has settled, ended or is due.
    pub(super) fn on_time(&mut self, now: Duration) -> Vec<Report> {
        let mut reports: Vec<_> = self.book.settle(now).into_iter().map(report).collect();
        for (nic, name, kind) in self.book.due(now) {
            self.ask(Some(nic), name, kind);
        }
        for Refused {
            sender,
            count,
            is_news,
        } in self.book.refused(now)
        {
            telemetry::too_many_things(NAME, sender, count, is_news);
        }
        reports.extend(self.go_on_searching(now));
        reports
    }

    /// What to ask now: a few messages, each for an interface or for all.
    pub(super) fn questions(&mut self, most: usize) -> Vec<(Option<u32>, Vec<u8>)> {
        // Those of one interface go together.
        self.questions.sort_by_key(|(nic, _)| *nic);
        let count = self.questions.len().min(most);
        let now: Vec<_> = self.questions.drain(..count).collect();
        for (nic, question) in &now {
            self.asked
                .remove(&(*nic, question.name.key(), question.kind));
        }
        let mut messages = Vec::new();
        for some in now.chunk_by(|(one, _), (other, _)| one == other) {
            let nic = some.first().and_then(|(nic, _)| *nic);
            let questions: Vec<_> = some.iter().map(|(_, question)| question.clone()).collect();
            let packets = message::ask(&questions);
            messages.extend(packets.into_iter().map(|packet| (nic, packet)));
        }
        messages
    }

    /// Asks who offers anything, on one interface or on all.
    pub(super) fn browse(&self) -> Vec<Vec<u8>> {
        let fixed = TYPES.iter().map(|known| known.name);
        let all = ["_services._dns-sd._udp"]
            .into_iter()
            .chain(fixed)
            .chain(self.more.iter().map(AsRef::as_ref));
        let questions: Vec<_> = all
            .map(|service| Question {
                name: Name::of(&format!("{service}.local")),
                kind: Kind::Ptr,
            })
            .collect();
        message::ask(&questions)
    }

    /// An interface is gone, and what was heard on it holds for a moment only.
    pub(super) fn on_gone(&mut self, nic: u32, now: Duration) {
        self.book.forget_interface(nic, now);
    }

    /// Whether anything can be searched; if not, why.
    pub(super) fn set_deaf(&mut self, why: Option<String>) {
        self.deaf = why;
    }

    /// An order of the house; and whether to ask who is there.
    pub(super) fn on_order(&mut self, order: Order, now: Duration) -> (Vec<Report>, bool) {
        if let Some(refused) = refusal(NAME, &order, REFUSED) {
            return (vec![refused], false);
        }
        match order {
            Order::Watch { native_id } => {
                let again = self.book.again(&native_id);
                (again.into_iter().map(report).collect(), false)
            }
            Order::Scan { request } => self.search(request, now),
            Order::Command(_) | Order::AddManual { .. } | Order::Forget { .. } => {
                (Vec::new(), false)
            }
        }
    }

    fn search(&mut self, request: RequestId, now: Duration) -> (Vec<Report>, bool) {
        if let Some(reason) = &self.deaf {
            let searched = Searched::Failed {
                reason: reason.clone(),
            };
            let done = ReportBody::ScanDone { request, searched };
            return (vec![report(done)], false);
        }
        match &mut self.search {
            Some(search) if search.requests.len() >= REQUESTS => {
                let searched = Searched::Failed {
                    reason: "too many searches are under way; try again in a moment".to_owned(),
                };
                let done = ReportBody::ScanDone { request, searched };
                (vec![report(done)], false)
            }
            Some(search) => {
                search.requests.push(request);
                (Vec::new(), false)
            }
            None => {
                self.search = Some(Search {
                    requests: vec![request],
                    began: now,
                    step: 0,
                });
                (Vec::new(), true)
            }
        }
    }

    /// Asks those again that have not answered, and ends a search in time.
    fn go_on_searching(&mut self, now: Duration) -> Vec<Report> {
        let Some(search) = &mut self.search else {
            return Vec::new();
        };
        let passed = now.saturating_sub(search.began);
        let began = search.began;
        if STEPS.get(search.step).is_some_and(|step| passed >= *step) {
            search.step += 1;
            for (nic, name, kind) in self.book.silent(began) {
                self.ask(Some(nic), name, kind);
            }
        }
        if passed < DONE {
            return Vec::new();
        }
        let requests = self
            .search
            .take()
            .map_or(Vec::new(), |search| search.requests);
        if let Some(reason) = &self.deaf {
            let failed = requests.into_iter().map(|request| {
                report(ReportBody::ScanDone {
                    request,
                    searched: Searched::Failed {
                        reason: reason.clone(),
                    },
                })
            });
            return failed.collect();
        }
        self.book.doubt(began, now);
        let mut reports: Vec<_> = self
            .book
            .heard_since(began)
            .into_iter()
            .map(report)
            .collect();
        let found = self.book.shown();
        reports.extend(requests.into_iter().map(|request| {
            report(ReportBody::ScanDone {
                request,
                searched: Searched::Completed { found },
            })
        }));
        reports
    }

    /// Puts a question into the queue, where it is not there yet.
    fn ask(&mut self, nic: Option<u32>, name: Name, kind: Kind) {
        if self.questions.len() < QUESTIONS && self.asked.insert((nic, name.key(), kind)) {
            self.questions.push((nic, Question { name, kind }));
        }
    }

    /// How much is kept: hosts, instances, types, questions.
    pub(super) fn sizes(&self) -> [usize; 4] {
        let [hosts, instances] = self.book.sizes();
        [hosts, instances, self.more.len(), self.questions.len()]
    }
}
