//! Orders of the house: which services are called for them, and how that went.

use super::{
    codec::Refusal,
    core::{Asked, HomeAssistant, Step, report},
};
use model::{DriverCommand, Order, ReportBody, WishId};
use serde_json::json;
use std::{collections::HashMap, sync::Arc, time::Duration};

/// How long a call may take.
const CALL: Duration = Duration::from_secs(10);

/// Wishes on their way.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    open: HashMap<WishId, Open>,
    /// Which wish a call is for, and which entity it was about.
    calls: HashMap<u64, (WishId, String)>,
}

#[derive(Debug)]
struct Open {
    left: usize,
    since: Duration,
}

impl HomeAssistant {
    /// An order of the house.
    pub fn on_order(&mut self, order: &Order, now: Duration) -> Step {
        let mut step = Step::default();
        match order {
            Order::Command(command) => {
                if let Err(reason) = self.command(command, now, &mut step) {
                    step.send.clear();
                    step.reports.push(report(ReportBody::Failed {
                        wish: command.wish,
                        reason,
                    }));
                }
            }
            Order::Scan { request } => self.scan(*request, now, &mut step),
            Order::AddManual { request, .. } => step.reports.push(report(ReportBody::OrderDone {
                request: *request,
                result: Err(
                    "devices come from Home Assistant; add it there, and it appears here"
                        .to_owned(),
                ),
            })),
            Order::Watch { native_id } => {
                let native_id: Arc<str> = native_id.as_str().into();
                if self.is_live() {
                    step.reports.extend(self.mirror.tell_all(&native_id, now));
                }
            }
            // It is Home Assistant's, and stays there; the house remembers that it does not want it.
            Order::Forget { .. } => {}
        }
        step
    }

    fn command(
        &mut self,
        command: &DriverCommand,
        now: Duration,
        step: &mut Step,
    ) -> Result<(), String> {
        if !self.is_live() {
            return Err("Home Assistant cannot be reached".to_owned());
        }
        let device = self
            .mirror
            .devices
            .get(command.native_id.as_str())
            .ok_or("Home Assistant has no such device")?;
        let mut requests = Vec::new();
        for (entity, part, goal) in device.plan(command)? {
            let state = self
                .mirror
                .state(&entity.id)
                .ok_or("Home Assistant no longer has it")?;
            if state.is_away() {
                return Err("Home Assistant says that it is not available".to_owned());
            }
            let view = state.view(self.mirror.temperature);
            for call in entity.write(part, &goal, &view)? {
                let request = json!({
                    "type": "call_service",
                    "domain": entity.domain(),
                    "service": call.service,
                    "service_data": call.data,
                    "target": { "entity_id": entity.id },
                });
                requests.push((entity.id.clone(), request));
            }
        }
        if requests.is_empty() {
            return Err("there is nothing to call for that".to_owned());
        }
        let open = Open {
            left: requests.len(),
            since: now,
        };
        self.wishes.open.insert(command.wish, open);
        for (entity, request) in requests {
            let id = self.ask(Asked::Service, request, step);
            self.wishes.calls.insert(id, (command.wish, entity));
        }
        Ok(())
    }

    /// A call was answered.
    pub(super) fn on_called(
        &mut self,
        id: u64,
        outcome: Result<(), &Refusal>,
        now: Duration,
        step: &mut Step,
    ) {
        let Some((wish, entity)) = self.wishes.calls.remove(&id) else {
            return;
        };
        let Some(open) = self.wishes.open.get_mut(&wish) else {
            return;
        };
        match outcome {
            Ok(()) => {
                open.left -= 1;
                if open.left == 0 {
                    self.wishes.open.remove(&wish);
                    step.reports.push(report(ReportBody::Delivered { wish }));
                }
                // It says nothing where nothing changed; the wish shall see that it is so already.
                step.reports.extend(self.mirror.tell_again(&entity, now));
            }
            Err(refusal) => {
                self.wishes.open.remove(&wish);
                step.reports.push(report(ReportBody::Failed {
                    wish,
                    reason: format!("Home Assistant refuses it: {}", refusal.message),
                }));
            }
        }
    }

    /// Ends wishes that were not answered in time.
    pub(super) fn expire_wishes(&mut self, now: Duration, step: &mut Step) {
        let late: Vec<WishId> = self
            .wishes
            .open
            .iter()
            .filter(|(_, open)| now.saturating_sub(open.since) >= CALL)
            .map(|(wish, _)| *wish)
            .collect();
        for wish in late {
            self.wishes.open.remove(&wish);
            self.wishes.calls.retain(|_, (of, _)| *of != wish);
            step.reports.push(report(ReportBody::Failed {
                wish,
                reason: "Home Assistant did not answer within 10 seconds; it may still happen"
                    .to_owned(),
            }));
        }
    }

    /// Ends every wish.
    pub(super) fn fail_wishes(&mut self, reason: &str, step: &mut Step) {
        self.wishes.calls.clear();
        for (wish, _) in self.wishes.open.drain() {
            step.reports.push(report(ReportBody::Failed {
                wish,
                reason: reason.to_owned(),
            }));
        }
    }
}
