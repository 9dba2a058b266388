//! The house for the outside: REST, a live WebSocket, OpenAPI, metrics and the embedded page.
//!
//! Handlers read the twin's snapshot and the past, and pass requests on to the twin's door; they
//! judge nothing themselves. One table says which route needs which right; one envelope stands
//! around every handler and knows who asks, renders errors, counts and sets headers.
//!
//! **Entry types:** [`serve`] (runs it all on a listener), [`House`] (what it stands in front of),
//! [`HealthBoard`] (where parts of the service say how they are), [`Metrics`] (the process's
//! recorder), [`wire`] (the JSON), [`ErrorCode`] (the table of errors), [`SETTINGS`].
//!
//! **Invariants**
//! - Every route is in the table with its right; without rights only the open ones answer.
//! - `GET /health` touches nothing that can hang.
//! - Nothing is invented: what is not known is null on the wire, and absent from the metrics.
//! - Everything a client can make large is bounded: heads, bodies, batches, pages, queries,
//!   connections, sockets, and the time for each.
//! - What waits for a slow reader is bounded; it is told to resync.
//! - A panic in a handler fails its own request, is counted, and nothing else.
//! - A metric's label is never a raw path, a name or an address.
//!
//! **Deliberately not here:** SQL (`store`), what is allowed and in range (`twin`'s door), sentences
//! and statistics (`history`), who somebody is (`auth`).

mod settings;
mod telemetry;

mod error;
pub mod wire;

mod access;
mod extract;

mod health;
mod metrics;
mod state;

mod capacity;
mod live;
mod page;
mod routes;

mod crowd;
mod envelope;
mod patience;
mod server;
mod sweep;

pub use access::{Network, Rules};
pub use error::{ApiError, ErrorCode, reference_page};
pub use health::{Component, HealthBoard, Reporter, State, Status};
pub use metrics::Metrics;
pub use routes::document;
pub use server::{Doors, serve};
pub use settings::{Limits, SETTINGS, Settings};
pub use state::{About, House};
