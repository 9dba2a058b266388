//! The one table of routes: each with the right that it needs.
//!
//! A route cannot get into the table without saying which right it needs, or that it is open; open
//! ones are also listed in `tests/it/open-routes.txt`, which a test compares.

mod alerts;
mod areas;
mod auth;
mod authorization;
mod automation;
mod backups;
mod capacity;
pub(crate) mod chat;
mod commands;
mod configuration;
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
pub(crate) mod oauth;
mod people;
mod personality;
mod place;
mod preferences;
mod rehearsal;
mod scenes;
mod second;
mod security;
mod together;
mod tokens;
mod users;
mod vault;
mod versions;
mod webhooks;

pub(crate) use devices::{find as find_device, find_area, short};

use crate::access::{self, Reach, Rules};
use crate::state::Shared;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use model::Right;
use std::sync::{Arc, LazyLock};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// The table.
fn table(rules: &Rules) -> OpenApiRouter<Shared> {
    use Right::{
        Backup, Control, ControlCritical, Converse, ManageHouse, ManageUsers, Operate, Private,
        ReadHealth, ReadHouse,
    };
    OpenApiRouter::with_openapi(docs::Document::openapi())
        .routes(open(routes!(health::health)))
        .routes(needs(ReadHealth, routes!(health::detailed)))
        .routes(scraped(rules, routes!(health::metrics)))
        // Whoever wants to sign in is nobody yet.
        .routes(anybody(routes!(auth::state)))
        .routes(anybody(routes!(auth::owner)))
        .routes(anybody(routes!(auth::login)))
        .routes(anybody(routes!(auth::refresh)))
        // Programs ask a person for access here (OAuth).
        .routes(anybody(routes!(oauth::server)))
        .routes(anybody(routes!(oauth::resource)))
        .routes(anybody(routes!(oauth::resource_below)))
        .routes(anybody(routes!(oauth::register)))
        .routes(anybody(routes!(oauth::token)))
        .routes(anybody(routes!(oauth::revoke)))
        .routes(by_a_person(routes!(authorization::asked)))
        .routes(by_a_person(routes!(authorization::answer)))
        .routes(somebody(routes!(auth::logout)))
        .routes(somebody(routes!(auth::me)))
        .routes(by_a_person(routes!(auth::sessions)))
        .routes(by_a_person(routes!(auth::revoke_others)))
        .routes(by_a_person(routes!(auth::revoke)))
        .routes(by_a_person(routes!(auth::password)))
        .routes(by_a_person(routes!(second::begin)))
        .routes(by_a_person(routes!(second::confirm)))
        .routes(by_a_person(routes!(second::remove)))
        .routes(by_a_person(routes!(tokens::list)))
        .routes(by_a_person(routes!(tokens::make)))
        .routes(by_a_person(routes!(tokens::revoke)))
        // A program that could change an account could become its owner.
        .routes(by_a_person(needs(ManageUsers, routes!(users::list))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::add))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::get))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::edit))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::remove))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::password))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::sessions))))
        .routes(by_a_person(needs(ManageUsers, routes!(users::revoke))))
        .routes(by_a_person(routes!(users::export)))
        .routes(needs(Operate, routes!(security::events)))
        .routes(needs(Operate, routes!(security::status)))
        .routes(needs(Operate, routes!(vault::list)))
        .routes(needs(Operate, routes!(vault::put)))
        .routes(needs(Operate, routes!(vault::remove)))
        .routes(needs(ReadHealth, routes!(house::version)))
        .routes(needs(ReadHealth, routes!(capacity::capacity)))
        .routes(needs(ReadHealth, routes!(capacity::performance)))
        .routes(needs(ReadHealth, routes!(capacity::resources)))
        .routes(needs(ReadHealth, routes!(docs::document)))
        .routes(needs(ReadHealth, routes!(docs::index)))
        .routes(needs(ReadHealth, routes!(docs::file)))
        .routes(within(ReadHouse, routes!(house::house)))
        .routes(needs(ManageHouse, routes!(configuration::at)))
        .routes(needs(ManageHouse, routes!(configuration::changes)))
        .routes(needs(ManageHouse, routes!(together::check)))
        .routes(needs(ManageHouse, routes!(together::edit)))
        .routes(needs(ManageHouse, routes!(place::get)))
        .routes(needs(ManageHouse, routes!(place::put)))
        .routes(needs(ManageHouse, routes!(place::forget)))
        .routes(needs(ManageHouse, routes!(place::find)))
        .routes(within(ReadHouse, routes!(live::live)))
        .routes(within(ReadHouse, routes!(devices::list)))
        .routes(within(ReadHouse, routes!(devices::get)))
        .routes(needs(ManageHouse, routes!(devices::edit)))
        .routes(needs(ManageHouse, routes!(devices::remove)))
        .routes(needs(ReadHouse, routes!(preferences::get)))
        .routes(needs(ManageHouse, routes!(preferences::put)))
        .routes(within(ReadHouse, routes!(history::series)))
        .routes(within(Control, routes!(commands::command)))
        .routes(within(Control, routes!(commands::batch)))
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
        .routes(within(ReadHouse, routes!(areas::list)))
        .routes(needs(ManageHouse, routes!(areas::add)))
        .routes(within(ReadHouse, routes!(areas::get)))
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
        .routes(by_a_person(needs(
            ControlCritical,
            routes!(automation::reply),
        )))
        .routes(by_a_person(needs(
            ControlCritical,
            routes!(automation::answer),
        )))
        .routes(needs(ReadHouse, routes!(constraints::list)))
        .routes(needs(ManageHouse, routes!(constraints::add)))
        .routes(needs(ReadHouse, routes!(constraints::get)))
        .routes(needs(ManageHouse, routes!(constraints::edit)))
        .routes(needs(ManageHouse, routes!(constraints::remove)))
        .routes(needs(ReadHouse, routes!(automation::mode)))
        .routes(by_a_person(needs(
            ControlCritical,
            routes!(automation::put_mode),
        )))
        .routes(needs(Converse, routes!(chat::chat)))
        .routes(needs(Converse, routes!(chat::outgoing)))
        .routes(needs(ReadHouse, routes!(mcp::house)))
        .routes(needs(ReadHouse, routes!(mcp::configuration)))
        .routes(needs(Converse, routes!(chat::list)))
        .routes(needs(Converse, routes!(chat::get)))
        .routes(needs(Converse, routes!(chat::remove)))
        .routes(needs(Converse, routes!(interview::openings)))
        .routes(needs(ManageHouse, routes!(interview::start)))
        .routes(needs(ManageHouse, routes!(interview::message)))
        .routes(needs(ReadHouse, routes!(interview::status)))
        .routes(needs(ReadHouse, routes!(interview::recommended)))
        .routes(needs(ReadHouse, routes!(personality::get)))
        .routes(needs(ManageHouse, routes!(personality::put)))
        .routes(needs(Converse, routes!(chat::undo)))
        .routes(needs(Private, routes!(memory::recall)))
        .routes(needs(Private, routes!(memory::remember)))
        .routes(needs(Private, routes!(memory::store)))
        .routes(needs(Private, routes!(memory::get)))
        .routes(needs(Private, routes!(memory::correct)))
        .routes(needs(Private, routes!(memory::forget)))
        .routes(needs(Private, routes!(memory::promote)))
        .routes(needs(Private, routes!(memory::of_device)))
        .routes(needs(Private, routes!(memory::patterns)))
        .routes(needs(Private, routes!(memory::context)))
        .routes(needs(Private, routes!(memory::stats)))
        .routes(needs(Private, routes!(memory::export)))
        .routes(needs(Private, routes!(memory::optimize)))
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
        .routes(needs(Converse, routes!(mind::snooze)))
        .routes(needs(Converse, routes!(mind::known)))
        .routes(needs(Converse, routes!(mind::note)))
        .routes(needs(Converse, routes!(mind::reopen)))
        .routes(needs(Converse, routes!(mind::done)))
        .routes(needs(ReadHouse, routes!(mind::predictions)))
        .routes(needs(ReadHouse, routes!(mind::accuracy)))
        .routes(needs(ReadHealth, routes!(features::list)))
        .routes(needs(Backup, routes!(backups::take)))
        .routes(needs(Operate, routes!(features::switch)))
        .routes(needs(Operate, routes!(features::begin, features::end)))
        .routes(needs(ReadHouse, routes!(events::list)))
        .routes(needs(ReadHouse, routes!(events::why)))
}

/// A route that needs a right in the whole house.
fn needs(right: Right, route: UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    guarded(right, Reach::House, route)
}

/// A route that needs a right in a room: its handler shows and does only what the grant covers.
fn within(right: Right, route: UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    guarded(right, Reach::Rooms, route)
}

fn guarded(
    right: Right,
    reach: Reach,
    (schemas, paths, methods): UtoipaMethodRouter<Shared>,
) -> UtoipaMethodRouter<Shared> {
    let guard =
        from_fn(move |request: Request, next: Next| access::require(right, reach, request, next));
    (schemas, paths, methods.route_layer(guard))
}

/// A route about who asks themselves.
fn somebody((schemas, paths, methods): UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    (
        schemas,
        paths,
        methods.route_layer(from_fn(access::require_somebody)),
    )
}

/// A route about accounts, or about what a person decides: no program that somebody gave access uses it,
/// whatever its scopes.
fn by_a_person(
    (schemas, paths, methods): UtoipaMethodRouter<Shared>,
) -> UtoipaMethodRouter<Shared> {
    (
        schemas,
        paths,
        methods.route_layer(from_fn(access::require_person)),
    )
}

/// A route for who is nobody yet: it answers by our own names and to our own pages alone.
fn anybody((schemas, paths, methods): UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    (
        schemas,
        paths,
        methods.route_layer(from_fn(access::require_place)),
    )
}

/// The route of the metrics, which in production answers some networks without a right.
fn scraped(
    rules: &Rules,
    (schemas, paths, methods): UtoipaMethodRouter<Shared>,
) -> UtoipaMethodRouter<Shared> {
    let rules = Arc::new(rules.clone());
    let guard = from_fn(move |request: Request, next: Next| {
        let rules = Arc::clone(&rules);
        async move { access::require_scraper(&rules, request, next).await }
    });
    (schemas, paths, methods.route_layer(guard))
}

/// A route that answers everybody.
fn open(route: UtoipaMethodRouter<Shared>) -> UtoipaMethodRouter<Shared> {
    route
}

/// The router and its description.
pub(crate) fn parts(rules: &Rules) -> (axum::Router<Shared>, utoipa::openapi::OpenApi) {
    table(rules).split_for_parts()
}

/// The OpenAPI document as it is served and committed.
#[must_use]
pub fn document() -> String {
    let (_, mut document) = parts(&Rules::default());
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
        let (_, document) = parts(&Rules::default());
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
