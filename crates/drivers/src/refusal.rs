//! What drivers that control nothing answer to those who want them to.

use model::{Order, Report, ReportBody};

/// The answer to an order that a driver cannot carry out; `None` where none is due.
pub(crate) fn refusal(driver: &str, order: &Order, reason: &str) -> Option<Report> {
    let body = match order {
        Order::Command(command) => ReportBody::Failed {
            wish: command.wish,
            reason: reason.to_owned(),
        },
        Order::AddManual { request, .. } => ReportBody::OrderDone {
            request: *request,
            result: Err(reason.to_owned()),
        },
        Order::Scan { .. } | Order::Watch { .. } | Order::Forget { .. } => return None,
    };
    Some(Report {
        driver: driver.to_owned(),
        body,
    })
}
