//! The timeline, with a sentence for each event.

use crate::sentence::{Names, sentence};
use model::{Event, Position};
use store::{EventFilter, Store, StoreError};

/// An event and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The event.
    pub event: Event,
    /// The same in one plain sentence.
    pub text: String,
}

/// A page of the timeline, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The events.
    pub entries: Vec<Entry>,
    /// For [`EventFilter::before`] of the next page; `None` on the last.
    pub next: Option<Position>,
}

/// A page of the timeline, newest first; at most 1,000 events.
///
/// # Errors
/// When the database cannot be read.
pub async fn events(
    store: &Store,
    filter: &EventFilter,
    limit: usize,
    names: &(dyn Names + Sync),
) -> Result<Page, StoreError> {
    let page = store.events(filter, limit).await?;
    let entries = page
        .events
        .into_iter()
        .map(|event| Entry {
            text: sentence(&event, names),
            event,
        })
        .collect();
    Ok(Page {
        entries,
        next: page.next,
    })
}
