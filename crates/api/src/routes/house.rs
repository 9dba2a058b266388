//! The house itself, and what runs here.

use crate::access::{Caller, is_limited};
use crate::state::Shared;
use crate::wire;
use axum::extract::State;
use model::Right;

/// The house: its name, its time, its pace.
#[utoipa::path(get, path = "/api/house", tag = "house", operation_id = "getHouse",
    responses((status = 200, body = wire::House), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn house(
    State(app): State<Shared>,
    Caller(grant): Caller,
) -> axum::Json<wire::House> {
    let mut house = app.house.wire();
    // Whoever opens the simulator's page does with its house what they like.
    if [Right::ManageHouse, Right::Operate]
        .iter()
        .any(|right| grant.rights.has(*right))
        && !is_limited(&grant)
    {
        house
            .simulator_url
            .clone_from(&app.house.about.simulator_url);
    }
    axum::Json(house)
}

/// What runs here: version, commit, build.
#[utoipa::path(get, path = "/api/version", tag = "service", operation_id = "getVersion",
    responses((status = 200, body = wire::Version), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn version(State(app): State<Shared>) -> axum::Json<wire::Version> {
    axum::Json(wire::Version {
        version: app.house.about.version.clone(),
        commit: app.house.about.commit.clone(),
        profile: if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        }
        .to_owned(),
        target: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    })
}
