//! The one table of routes: each with the right that it needs.
//!
//! A route cannot get into the table without saying which right it needs, or that it is open; open
//! ones are also listed in `tests/it/open-routes.txt`, which a test compares.

mod alerts;
mod areas;
mod automation;
mod capacity;
pub(crate) mod chat;
mod commands;
mod constraints;
mod devices;
mod discovery;
mod discovery_logs;
mod docs;
mod events;
mod features;
mod floors;
mod health;
mod history;
mod house;
mod inbox;
mod insights;
mod interview;
mod live;
mod manual;
mod mcp;
mod memory;
mod mind;
mod people;
mod personality;
mod preferences;
mod rehearsal;
mod scenes;
mod versions;
mod webhooks;

pub(crate) use devices::{find as find_device, find_area, short};

use crate::access;
use crate::state::Shared;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use model::Right;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// The table.
fn table() -> OpenApiRouter<Shared> {
    use Right::{Control, ManageHouse, Operate, ReadHealth, ReadHouse};
    OpenApiRouter::with_openapi(docs::Document::openapi())
        .routes(open(routes!(health::health)))
        .routes(needs(ReadHealth, routes!(health::detailed)))
        .routes(needs(ReadHealth, routes!(health::metrics)))
        .routes(needs(ReadHealth, routes!(house::version)))
        .routes(needs(ReadHealth, routes!(capacity::capacity)))
        .routes(needs(ReadHealth, routes!(capacity::performance)))
        .routes(needs(ReadHealth, routes!(capacity::resources)))
        .routes(needs(ReadHealth, routes!(docs::document)))
        .routes(needs(ReadHealth, routes!(docs::index)))
        .routes(needs(ReadHealth, routes!(docs::file)))
        .routes(needs(ReadHouse, routes!(house::house)))
        .routes(needs(ReadHouse, routes!(live::live)))
        .routes(needs(ReadHouse, routes!(devices::list)))
        .routes(needs(ReadHouse, routes!(devices::get)))
        .routes(needs(ManageHouse, routes!(devices::edit)))
        .routes(needs(ManageHouse, routes!(devices::remove)))
        .routes(needs(ReadHouse, routes!(preferences::get)))
        .routes(needs(ManageHouse, routes!(preferences::put)))
        .routes(needs(ReadHouse, routes!(history::series)))
        .routes(needs(Control, routes!(commands::command)))
        .routes(needs(Control, routes!(commands::batch)))
        .routes(needs(ReadHouse, routes!(inbox::list)))
        .routes(needs(ManageHouse, routes!(inbox::adopt)))
        .routes(needs(ManageHouse, routes!(inbox::ignore)))
        .routes(needs(ManageHouse, routes!(inbox::reconsider)))
        .routes(needs(ManageHouse, routes!(inbox::manual)))
        .routes(needs(ManageHouse, routes!(discovery::scan)))
        .routes(needs(ReadHouse, routes!(discovery::scans)))
        .routes(needs(ReadHouse, routes!(discovery::get)))
        .routes(needs(ReadHouse, routes!(discovery_logs::list)))
        .routes(needs(ReadHouse, routes!(discovery::status)))
        .routes(needs(ReadHouse, routes!(areas::list)))
        .routes(needs(ManageHouse, routes!(areas::add)))
        .routes(needs(ReadHouse, routes!(areas::get)))
        .routes(needs(ManageHouse, routes!(areas::edit)))
        .routes(needs(ManageHouse, routes!(areas::remove)))
        .routes(needs(ReadHouse, routes!(floors::list)))
        .routes(needs(ManageHouse, routes!(floors::add)))
        .routes(needs(ReadHouse, routes!(floors::get)))
        .routes(needs(ManageHouse, routes!(floors::edit)))
        .routes(needs(ManageHouse, routes!(floors::remove)))
        .routes(needs(ReadHouse, routes!(people::list)))
        .routes(needs(ManageHouse, routes!(people::add)))
        .routes(needs(ReadHouse, routes!(people::get)))
        .routes(needs(ManageHouse, routes!(people::edit)))
        .routes(needs(ManageHouse, routes!(people::remove)))
        .routes(needs(ReadHouse, routes!(automation::list)))
        .routes(needs(ManageHouse, routes!(automation::add)))
        .routes(needs(ManageHouse, routes!(automation::add_custom)))
        .routes(needs(ReadHouse, routes!(versions::get)))
        .routes(needs(ManageHouse, routes!(automation::replace)))
        .routes(needs(ManageHouse, routes!(automation::remove)))
        .routes(needs(ManageHouse, routes!(automation::enable)))
        .routes(needs(Control, routes!(automation::run)))
        .routes(needs(Control, routes!(automation::stop)))
        .routes(needs(ReadHouse, routes!(rehearsal::scenario)))
        .routes(needs(ReadHouse, routes!(rehearsal::document)))
        .routes(needs(ReadHouse, routes!(versions::versions)))
        .routes(needs(ReadHouse, routes!(versions::version)))
        .routes(needs(ManageHouse, routes!(versions::restore)))
        .routes(needs(ReadHouse, routes!(versions::export)))
        .routes(needs(ManageHouse, routes!(versions::import)))
        .routes(needs(ReadHouse, routes!(versions::schema)))
        .routes(needs(ReadHouse, routes!(scenes::list)))
        .routes(needs(ManageHouse, routes!(scenes::add)))
        .routes(needs(ReadHouse, routes!(scenes::get)))
        .routes(needs(ManageHouse, routes!(scenes::replace)))
        .routes(needs(ManageHouse, routes!(scenes::remove)))
        .routes(needs(ManageHouse, routes!(scenes::capture)))
        .routes(needs(Control, routes!(scenes::apply)))
        .routes(needs(ManageHouse, routes!(webhooks::list)))
        .routes(needs(ManageHouse, routes!(webhooks::make)))
        .routes(needs(ManageHouse, routes!(webhooks::remove)))
        // Its secret is all that it takes; without it nobody is answered.
        .routes(open(routes!(webhooks::call)))
        .routes(needs(ReadHouse, routes!(automation::rules)))
        .routes(needs(ReadHouse, routes!(automation::check)))
        .routes(needs(ManageHouse, routes!(automation::add_rule)))
        .routes(needs(ReadHouse, routes!(automation::get_rule)))
        .routes(needs(ManageHouse, routes!(automation::replace_rule)))
        .routes(needs(ManageHouse, routes!(automation::remove_rule)))
        .routes(needs(ReadHouse, routes!(automation::runs)))
        .routes(needs(ReadHouse, routes!(automation::get_run)))
        .routes(needs(ReadHouse, routes!(automation::questions)))
        .routes(needs(Control, routes!(automation::reply)))
        .routes(needs(Control, routes!(automation::answer)))
        .routes(needs(ReadHouse, routes!(constraints::list)))
        .routes(needs(ManageHouse, routes!(constraints::add)))
        .routes(needs(ReadHouse, routes!(constraints::get)))
        .routes(needs(ManageHouse, routes!(constraints::edit)))
        .routes(needs(ManageHouse, routes!(constraints::remove)))
        .routes(needs(ReadHouse, routes!(automation::mode)))
        .routes(needs(Control, routes!(automation::put_mode)))
        .routes(needs(ReadHouse, routes!(chat::chat)))
        .routes(needs(ReadHouse, routes!(chat::outgoing)))
        .routes(needs(ReadHouse, routes!(mcp::house)))
        .routes(needs(ReadHouse, routes!(mcp::configuration)))
        .routes(needs(ReadHouse, routes!(chat::list)))
        .routes(needs(ReadHouse, routes!(chat::get)))
        .routes(needs(ReadHouse, routes!(chat::remove)))
        .routes(needs(ReadHouse, routes!(interview::openings)))
        .routes(needs(ManageHouse, routes!(interview::start)))
        .routes(needs(ManageHouse, routes!(interview::message)))
        .routes(needs(ReadHouse, routes!(interview::status)))
        .routes(needs(ReadHouse, routes!(interview::recommended)))
        .routes(needs(ReadHouse, routes!(personality::get)))
        .routes(needs(ManageHouse, routes!(personality::put)))
        .routes(needs(ReadHouse, routes!(chat::undo)))
        .routes(needs(ReadHouse, routes!(memory::recall)))
        .routes(needs(Control, routes!(memory::remember)))
        .routes(needs(Control, routes!(memory::store)))
        .routes(needs(ReadHouse, routes!(memory::get)))
        .routes(needs(Control, routes!(memory::correct)))
        .routes(needs(Control, routes!(memory::forget)))
        .routes(needs(ReadHouse, routes!(memory::patterns)))
        .routes(needs(ReadHouse, routes!(memory::context)))
        .routes(needs(ReadHouse, routes!(memory::stats)))
        .routes(needs(ReadHouse, routes!(memory::export)))
        .routes(needs(ManageHouse, routes!(memory::optimize)))
        .routes(needs(ReadHouse, routes!(insights::ask)))
        .routes(needs(ReadHouse, routes!(alerts::rules)))
        .routes(needs(ManageHouse, routes!(alerts::add)))
        .routes(needs(ReadHouse, routes!(alerts::get)))
        .routes(needs(ManageHouse, routes!(alerts::replace)))
        .routes(needs(ManageHouse, routes!(alerts::remove)))
        .routes(needs(ReadHouse, routes!(alerts::active)))
        .routes(needs(ReadHouse, routes!(alerts::list)))
        .routes(needs(Operate, routes!(alerts::alertmanager)))
        .routes(needs(ReadHouse, routes!(mind::status)))
        .routes(needs(ReadHouse, routes!(mind::emotions)))
        .routes(needs(Operate, routes!(mind::restart)))
        .routes(needs(ReadHouse, routes!(mind::safla)))
        .routes(needs(Control, routes!(mind::trigger)))
        .routes(needs(ReadHouse, routes!(mind::concerns)))
        .routes(needs(Control, routes!(mind::snooze)))
        .routes(needs(Control, routes!(mind::known)))
        .routes(needs(Control, routes!(mind::note)))
        .routes(needs(Control, routes!(mind::reopen)))
        .routes(needs(Control, routes!(mind::done)))
        .routes(needs(ReadHouse, routes!(mind::predictions)))
        .routes(needs(ReadHouse, routes!(mind::accuracy)))
        .routes(needs(ReadHealth, routes!(features::list)))
        .routes(needs(Operate, routes!(features::switch)))
        .routes(needs(Operate, routes!(features::begin, features::end)))
        .routes(needs(ReadHouse, routes!(events::list)))
        .routes(needs(ReadHouse, routes!(events::why)))
}

/// A route that needs a right.
fn needs(
    right: Right,
    (schemas, paths, methods): UtoipaMethodRouter<Shared>,
) -> UtoipaMethodRouter<Shared> {
    let guard = from_fn(move |request: Request, next: Next| access::require(right, request, next));
    (schemas, paths, methods.route_layer(guard))
}

/// A route that answers everybody.
fn open(route: UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    route
}

/// The router and its description.
pub(crate) fn parts() -> (axum::Router<Shared>, utoipa::openapi::OpenApi) {
    table().split_for_parts()
}

/// The OpenAPI document as it is served and committed.
#[must_use]
pub fn document() -> String {
    let (_, mut document) = parts();
    // The description cannot say "the rest of the path", as the router's own template does.
    let paths = std::mem::take(&mut document.paths.paths).into_iter();
    document.paths.paths = paths
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Every method and route template of the table, for series that exist from the start.
pub(crate) fn templates() -> &'static [(&'static str, String)] {
    static TEMPLATES: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
        let (_, document) = parts();
        let mut templates = Vec::new();
        for (path, item) in document.paths.paths {
            for (method, there) in [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ] {
                if there {
                    templates.push((method, path.clone()));
                }
            }
        }
        templates
    });
    &TEMPLATES
}
