//! Where the house stands: found by address where a person agrees to that, kept, told.

use crate::access::Caller;
use crate::error::{ApiError, ErrorCode};
use crate::extract::Json;
use crate::state::{App, Shared};
use crate::wire::{self, At};
use automation::document::SunEvent;
use axum::extract::State;
use conversation::site::{CannotFind, Geocoder, NoPlace, Site};

/// Where the house stands, and what follows from it: its time zone, and when the sun rises and sets.
#[utoipa::path(get, path = "/api/house/place", tag = "house", operation_id = "getPlace",
    responses((status = 200, body = wire::HousePlace), (status = "4XX", body = wire::ErrorBody)))]
pub(crate) async fn get(State(app): State<Shared>) -> axum::Json<wire::HousePlace> {
    axum::Json(now(&app))
}

/// Says where the house stands. The time zone follows from the map where it is left out.
#[utoipa::path(put, path = "/api/house/place", tag = "house", operation_id = "putPlace",
    request_body = wire::NewPlace,
    responses((status = 200, body = wire::HousePlace), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn put(
    State(app): State<Shared>,
    Caller(grant): Caller,
    Json(new): Json<wire::NewPlace>,
) -> Result<axum::Json<wire::HousePlace>, ApiError> {
    let mut site = Site::at(new.latitude, new.longitude, new.name.as_deref()).map_err(wrong)?;
    if let Some(zone) = &new.timezone {
        site = site.within(zone).map_err(wrong)?;
    }
    app.house.conversation.settle(Some(site), grant.who).await?;
    Ok(axum::Json(now(&app)))
}

/// Forgets what the household said of it; what the settings say holds again.
#[utoipa::path(delete, path = "/api/house/place", tag = "house", operation_id = "forgetPlace",
    responses((status = 200, body = wire::HousePlace), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn forget(
    State(app): State<Shared>,
    Caller(grant): Caller,
) -> Result<axum::Json<wire::HousePlace>, ApiError> {
    app.house.conversation.settle(None, grant.who).await?;
    Ok(axum::Json(now(&app)))
}

/// Looks for an address, a postcode or a town. It is sent to who `geocoder` of the place names, and only
/// with `"look_up": true`. Nothing is kept: PUT the one that it is.
#[utoipa::path(post, path = "/api/house/place/search", tag = "house", operation_id = "findPlace",
    request_body = wire::AddressQuery,
    responses((status = 200, body = wire::FoundPlaces), (status = "4XX", body = wire::ErrorBody),
        (status = "5XX", body = wire::ErrorBody)))]
pub(crate) async fn find(
    State(app): State<Shared>,
    Json(query): Json<wire::AddressQuery>,
) -> Result<axum::Json<wire::FoundPlaces>, ApiError> {
    let address = Geocoder::checked(&query.address).map_err(not_found)?;
    let Some(geocoder) = app.house.conversation.geocoder() else {
        let text = "GEOCODER_URL is off";
        return Err(ApiError::new(ErrorCode::NoGeocoder, text));
    };
    if !query.look_up {
        let text = format!("the address would be sent to {}", geocoder.host());
        return Err(ApiError::new(ErrorCode::ConsentNeeded, text)
            .expected("\"look_up\": true, from a person who agrees to that"));
    }
    let places = geocoder.find(address).await.map_err(not_found)?;
    Ok(axum::Json(wire::FoundPlaces {
        host: geocoder.host().to_owned(),
        places: places.into_iter().map(Into::into).collect(),
    }))
}

fn now(app: &App) -> wire::HousePlace {
    let household = app.house.conversation.household();
    let site = household.site();
    let location = household.location();
    let zone = &app.house.zone;
    let date = zone
        .to_datetime(app.house.handle.clock().now().house)
        .date();
    let sun = |event| location.and_then(|place| place.sun(event, date)).map(At);
    let in_effect = app.house.zone_name();
    let wanted = household.timezone();
    wire::HousePlace {
        source: match (&site, location) {
            (Some(_), _) => Some("household"),
            (None, Some(_)) => Some("settings"),
            (None, None) => None,
        },
        name: site.as_ref().and_then(|site| site.name.clone()),
        latitude: location.map(|location| location.latitude),
        longitude: location.map(|location| location.longitude),
        timezone: site.and_then(|site| site.timezone),
        next_timezone: wanted.filter(|wanted| *wanted != in_effect),
        timezone_in_effect: in_effect,
        timezone_is_set: household.zone_is_set(),
        sunrise: sun(SunEvent::Sunrise),
        sunset: sun(SunEvent::Sunset),
        geocoder: app
            .house
            .conversation
            .geocoder()
            .map(|geocoder| geocoder.host().to_owned()),
    }
}

fn wrong(fault: NoPlace) -> ApiError {
    ApiError::new(ErrorCode::InvalidBody, fault.to_string()).expected(
        "latitude and longitude in degrees, such as 48.8556 and 2.3583, and where they are wanted a name and an IANA time zone",
    )
}

fn not_found(fault: CannotFind) -> ApiError {
    match fault {
        CannotFind::Broken { .. } => ApiError::new(ErrorCode::GeocoderFailed, fault.to_string()),
        CannotFind::NoAddress | CannotFind::Phone => {
            ApiError::new(ErrorCode::InvalidBody, fault.to_string())
                .expected("an address, a postcode or a town, such as 12 Rue de Rivoli, Paris")
        }
    }
}
