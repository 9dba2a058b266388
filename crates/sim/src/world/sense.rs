//! What sensors see of the house.

use super::World;
use crate::file::Kind;
use model::Value;

impl World {
    /// Every sensor looks, after `dt` seconds.
    pub(super) fn sense(&mut self, dt: f64) {
        self.presence();
        let weather = self.weather;
        if !self.water_flows() {
            // Without water no leak goes on.
            for room in &mut self.rooms {
                room.leak = false;
            }
        }
        let night = {
            let (clock, ..) = self.clock();
            !(6.0..23.0).contains(&(clock / 3_600.0))
        };
        for index in 0..self.devices.len() {
            let wobble = self.wobble(index);
            let device = &self.devices[index];
            let (kind, area) = (device.kind, device.area);
            let room = area.map(|area| &self.rooms[area]);
            let mut seen: Vec<(&str, Value)> = Vec::new();
            match (kind, room) {
                (Kind::Thermostat, Some(room)) => {
                    seen.push((
                        "local_temperature",
                        (room.temperature + 0.05 * wobble).into(),
                    ));
                }
                (Kind::Climate, Some(room)) => {
                    seen.push(("temperature", (room.temperature + 0.08 * wobble).into()));
                    seen.push((
                        "humidity",
                        (room.humidity() + 0.6 * wobble).clamp(0.0, 100.0).into(),
                    ));
                    seen.push(("pressure", weather.pressure.into()));
                }
                (Kind::Air, Some(room)) => {
                    seen.push(("co2", (room.co2 + 12.0 * wobble).max(350.0).into()));
                    seen.push(("pm25", (room.dust + 0.8 * wobble).max(0.1).into()));
                    let voc = 0.12 + (room.co2 - 420.0).max(0.0) / 4_000.0 + 0.02 * wobble;
                    seen.push(("voc", voc.max(0.01).into()));
                    seen.push((
                        "temperature",
                        (room.temperature + 0.3 + 0.05 * wobble).into(),
                    ));
                    seen.push(("humidity", room.humidity().into()));
                }
                (Kind::Motion, Some(room)) => {
                    let somebody = area.is_some_and(|area| self.awake_in(area));
                    seen.push(("occupied", somebody.into()));
                    seen.push((
                        "illuminance",
                        (room.lux * (1.0 + 0.03 * wobble))
                            .clamp(0.0, 150_000.0)
                            .into(),
                    ));
                }
                (Kind::Contact, Some(room)) => {
                    let open = if device.file.options.class.as_deref() == Some("door") {
                        room.door > 0.0
                    } else {
                        let only = device.file.options.window.as_ref();
                        room.windows.iter().any(|window| {
                            window.open > 0.0
                                && only.is_none_or(|slug| slug.as_str() == window.slug)
                        })
                    };
                    seen.push(("open", open.into()));
                }
                (Kind::Leak, Some(room)) => seen.push(("leak", room.leak.into())),
                (Kind::Smoke, Some(room)) => {
                    seen.push(("smoke", room.smoke.into()));
                }
                (Kind::Soil, _) => self.soil(index, dt, &mut seen),
                (Kind::Weather, _) => self.station(index, dt, wobble, &mut seen),
                (Kind::Tracker, _) => {
                    let owner = device.file.options.person.as_ref();
                    let person = self
                        .people
                        .iter()
                        .find(|person| owner.is_some_and(|slug| slug.as_str() == person.slug));
                    let home = person.is_some_and(|person| person.home);
                    seen.push(("home", home.into()));
                    seen.push(("location", if home { "home" } else { "not_home" }.into()));
                }
                _ => {}
            }
            seen.push(("linkquality", (140.0 + 60.0 * wobble).round().into()));
            let device = &mut self.devices[index];
            for (name, value) in seen {
                device.put(name, value);
            }
            if kind == Kind::Tracker {
                // A phone lies on its charger at night.
                device.inner.heating = night && device.is("home");
            }
        }
    }

    /// Whether water can flow: a house without a main valve always has some.
    fn water_flows(&self) -> bool {
        let mut mains = self.devices.iter().filter(|device| {
            device.kind == Kind::Valve && device.area.is_none_or(|area| !self.rooms[area].outside)
        });
        mains.next().is_none_or(|valve| valve.is("open"))
    }

    /// Soil dries in the sun and drinks rain, and what a valve outside gives it.
    fn soil(&self, index: usize, dt: f64, seen: &mut Vec<(&'static str, Value)>) {
        let device = &self.devices[index];
        let hours = dt / 3_600.0;
        let watered = self.devices.iter().any(|valve| {
            valve.kind == Kind::Valve && valve.area == device.area && valve.is("open")
        });
        let gain = self.weather.rain * 0.8 + if watered { 9.0 } else { 0.0 };
        let loss = 0.05 + self.weather.sun.global * 0.0006;
        let humidity = device.number("humidity").unwrap_or(45.0) + (gain - loss) * hours;
        seen.push(("humidity", humidity.clamp(4.0, 96.0).into()));
        let warmth = device.number("temperature").unwrap_or(12.0);
        // Soil follows the air with a lag of about two days.
        let next = warmth + (self.weather.temperature - warmth) * (hours / 48.0).min(1.0);
        seen.push(("temperature", next.into()));
    }

    fn station(&self, index: usize, dt: f64, wobble: f64, seen: &mut Vec<(&'static str, Value)>) {
        let (device, weather) = (&self.devices[index], &self.weather);
        let total = device.number("rain_total").unwrap_or(0.0) + weather.rain * dt / 3_600.0;
        seen.extend([
            (
                "temperature",
                Value::Number(weather.temperature + 0.1 * wobble),
            ),
            ("humidity", weather.humidity.into()),
            ("pressure", weather.pressure.into()),
            ("illuminance", weather.sun.daylight().into()),
            (
                "wind_speed",
                (weather.wind * (1.0 + 0.1 * wobble)).max(0.0).into(),
            ),
            ("wind_gust", weather.gust.into()),
            ("wind_direction", weather.direction.into()),
            ("rain_rate", weather.rain.into()),
            ("rain_total", total.into()),
            ("cloud_cover", (weather.clouds * 100.0).into()),
            ("uv_index", (weather.sun.global * 0.0078).into()),
            ("condition", weather.condition().into()),
        ]);
    }
}
