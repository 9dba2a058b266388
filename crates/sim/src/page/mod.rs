//! The simulator's own page and API, on loopback only.
//!
//! | route | does |
//! |---|---|
//! | `GET /` | the page |
//! | `GET /api/state` | everything that the page shows, in one answer |
//! | `GET /api/house`, `/api/devices`, `/api/devices/{slug}`, `/api/log`, `/api/clock` | its parts |
//! | `PUT /api/devices/{slug}` | `{"name": value}`: a hand at the device |
//! | `POST /api/devices/{slug}/{fault}` | `unplug`, `plug`, `drain`, `break`, `mend`, `leak`, `smoke` |
//! | `PUT /api/clock`, `POST /api/clock/step` | pace and hold; some seconds at once |
//! | `GET /v1/forecast` | the weather, as Open-Meteo tells it |
//! | `POST /api/weather`, `/api/power`, `/api/people/{slug}/come`, `/leave` | events |

mod forecast;
mod guard;
mod refuse;
mod view;

use crate::{
    House,
    weather::WeatherEvent,
    world::{Break, Fault, Refusal, World},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, header},
    middleware,
    response::IntoResponse,
    routing::{get, post, put},
};
use model::Value;
use refuse::{Body, Refused};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The largest body that is read.
const BODY: usize = 64 * 1024;
/// The longest step that may be asked for: a week.
const STEP: f64 = 7.0 * 86_400.0;

type Answer = Result<Json<serde_json::Value>, Refused>;

/// Every route, behind the guard.
pub fn router(house: House) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], text) })
    };
    Router::new()
        .route(
            "/",
            file("text/html; charset=utf-8", include_str!("index.html")),
        )
        .route(
            "/page.css",
            file("text/css; charset=utf-8", include_str!("page.css")),
        )
        .route(
            "/page.js",
            file("text/javascript; charset=utf-8", include_str!("page.js")),
        )
        .route(
            "/device.js",
            file("text/javascript; charset=utf-8", include_str!("device.js")),
        )
        .route(
            "/favicon.svg",
            file("image/svg+xml", include_str!("favicon.svg")),
        )
        .route("/api/state", get(state))
        .route("/api/house", get(of_house))
        .route("/api/devices", get(devices))
        .route("/api/devices/{slug}", put(set).get(device))
        .route("/api/devices/{slug}/{fault}", post(fault))
        .route("/api/log", get(log))
        .route("/api/clock", get(clock).put(set_clock))
        .route("/api/clock/step", post(step))
        .route("/v1/forecast", get(forecast::forecast))
        .route("/api/weather", post(weather))
        .route("/api/power", post(power))
        .route("/api/people/{slug}/{move}", post(person))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(middleware::from_fn(guard::guard))
        .with_state(house)
}

async fn state(State(house): State<House>) -> Json<serde_json::Value> {
    Json(house.look(|world, clock| {
        serde_json::json!({
            "house": view::house(world),
            "clock": view::clock(world, clock),
            "devices": view::devices(world),
            "log": world.log.iter().take(40).collect::<Vec<_>>(),
        })
    }))
}

async fn of_house(State(house): State<House>) -> Json<serde_json::Value> {
    Json(house.look(|world, _| view::house(world)))
}

async fn devices(State(house): State<House>) -> Json<serde_json::Value> {
    Json(house.look(|world, _| view::devices(world)))
}

async fn log(State(house): State<House>) -> Json<serde_json::Value> {
    Json(house.look(|world, _| serde_json::json!(world.log)))
}

async fn clock(State(house): State<House>) -> Json<serde_json::Value> {
    Json(house.look(view::clock))
}

/// The device of a slug.
fn index(world: &World, slug: &str) -> Result<usize, Refused> {
    world.device(slug).ok_or_else(|| {
        let shown: String = slug.chars().take(64).collect();
        Refused::missing(
            format!("there is no device `{shown}`"),
            "a slug of GET /api/devices",
        )
    })
}

async fn device(State(house): State<House>, Path(slug): Path<String>) -> Answer {
    house.look(|world, _| Ok(Json(view::device(world, index(world, &slug)?))))
}

async fn set(
    State(house): State<House>,
    Path(slug): Path<String>,
    Body(values): Body<BTreeMap<String, Value>>,
) -> Answer {
    house.with(|world, _| {
        let device = index(world, &slug)?;
        for (name, value) in &values {
            world.touch(device, name, value)?;
        }
        Ok(Json(view::device(world, device)))
    })
}

/// The body of `break`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    how: Break,
}

async fn fault(
    State(house): State<House>,
    Path((slug, fault)): Path<(String, String)>,
    body: axum::body::Bytes,
) -> Answer {
    let fault = match fault.as_str() {
        "unplug" => Fault::Unplug,
        "plug" => Fault::Plug,
        "drain" => Fault::Drain,
        "mend" => Fault::Mend,
        "leak" => Fault::Leak,
        "smoke" => Fault::Smoke,
        "break" => {
            let how: How = serde_json::from_slice(&body).map_err(|error| {
                Refused::bad(
                    error.to_string(),
                    r#"{"how": "stuck"}, "impossible" or "silent""#,
                )
            })?;
            Fault::Break(how.how)
        }
        other => {
            return Err(Refused::missing(
                format!(
                    "`{}` is nothing that can be done to a device",
                    other.chars().take(40).collect::<String>()
                ),
                "unplug, plug, drain, break, mend, leak or smoke",
            ));
        }
    };
    house.with(|world, _| {
        let device = index(world, &slug)?;
        world.fault(device, fault)?;
        Ok(Json(view::device(world, device)))
    })
}

/// The body of a change of the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockEdit {
    pace: Option<f64>,
    held: Option<bool>,
}

async fn set_clock(State(house): State<House>, Body(edit): Body<ClockEdit>) -> Answer {
    if let Some(pace) = edit.pace
        && !(0.0..=crate::clock::FASTEST).contains(&pace)
    {
        return Err(Refused::bad(
            format!("a pace of {pace}"),
            "0 (paused) to 3600",
        ));
    }
    Ok(Json(house.with(|world, clock| {
        if let Some(pace) = edit.pace {
            clock.set_pace(pace);
        }
        if let Some(held) = edit.held {
            clock.hold(held);
        }
        view::clock(world, clock)
    })))
}

/// The body of a step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seconds {
    seconds: f64,
}

async fn step(State(house): State<House>, Body(step): Body<Seconds>) -> Answer {
    if !(0.0..=STEP).contains(&step.seconds) {
        return Err(Refused::bad(
            format!("a step of {} s", step.seconds),
            "0 to 604800 seconds",
        ));
    }
    // Cut, so that a long step does not keep the lock from everybody else.
    let mut left = step.seconds;
    while left > 0.0 {
        let part = left.min(3_600.0);
        house.with(|world, _| world.step_on(part));
        left -= part;
        tokio::task::yield_now().await;
    }
    Ok(Json(house.look(view::clock)))
}

/// The body of a weather event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Called {
    event: WeatherEvent,
}

async fn weather(
    State(house): State<House>,
    Body(called): Body<Called>,
) -> Json<serde_json::Value> {
    Json(house.with(|world, _| {
        world.call_weather(called.event);
        view::house(world)
    }))
}

/// The body of a power cut.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cut {
    cut: bool,
}

async fn power(State(house): State<House>, Body(cut): Body<Cut>) -> Json<serde_json::Value> {
    Json(house.with(|world, _| {
        world.cut_power(cut.cut);
        view::house(world)
    }))
}

async fn person(State(house): State<House>, Path((slug, way)): Path<(String, String)>) -> Answer {
    let home = match way.as_str() {
        "come" => true,
        "leave" => false,
        _ => {
            return Err(Refused::missing(
                "people come or leave".into(),
                "come or leave",
            ));
        }
    };
    house.with(|world, _| {
        if world.send(&slug, home) {
            Ok(Json(view::house(world)))
        } else {
            let people: Vec<&str> = world
                .people
                .iter()
                .map(|person| person.slug.as_str())
                .collect();
            let expected = format!("one of {}", people.join(", "));
            Err(Refused::missing(
                "there is no such person".into(),
                &expected,
            ))
        }
    })
}

async fn nothing() -> impl IntoResponse {
    Refused::missing(
        "there is nothing at this address".into(),
        "/ or a route of /api",
    )
}

async fn wrong_method() -> impl IntoResponse {
    Refused::with(
        StatusCode::METHOD_NOT_ALLOWED,
        Refusal {
            code: "method_not_allowed",
            message: "this address does not take that method".into(),
            expected: "GET to look, PUT to set, POST to do".into(),
        },
    )
}
