//! Electricity: who draws, who delivers, and what the meters count.
//!
//! Drawn is positive, delivered is negative, at every device. What sun, generator and battery do
//! not cover, the grid does; without a grid the house goes dark when they cannot.

use super::World;
use crate::file::Kind;

/// A battery loses this share on the way in and again on the way out.
const EFFICIENCY: f64 = 0.96;

impl World {
    /// Electricity flows for `dt` seconds.
    pub(super) fn electricity(&mut self, dt: f64) {
        let hours = dt / 3_600.0;
        let grid = self.file.electricity.grid && !self.power_cut;
        self.supply(grid);
        self.presence();
        self.cars(hours);
        let sun = self.panels();
        let generated = self.generator(grid, hours);
        let house = if self.supplied {
            self.file.electricity.base_load
        } else {
            0.0
        };
        let loads: f64 = house
            + self
                .devices
                .iter()
                .filter(|device| {
                    !matches!(device.kind, Kind::Solar | Kind::Battery | Kind::Generator)
                })
                .map(|device| device.watts)
                .sum::<f64>();
        let mut net = loads - sun - generated;
        net += self.batteries(net, grid, hours);
        if !grid && net < 0.0 {
            // Nowhere to go: the inverter gives only as much as is taken.
            let spare = (-net).min(sun);
            let share = if sun > 0.0 { 1.0 - spare / sun } else { 1.0 };
            for device in &mut self.devices {
                if device.kind == Kind::Solar {
                    device.watts *= share;
                }
            }
            net = 0.0;
        }
        self.count(net, grid, hours);
    }

    /// Whether the mains carry power.
    fn supply(&mut self, grid: bool) {
        let carried = self.file.electricity.backup || !self.file.electricity.grid;
        let stored = self.devices.iter().any(|device| {
            device.plugged
                && match device.kind {
                    Kind::Battery => device.number("battery").unwrap_or(0.0) > 1.0,
                    Kind::Generator => {
                        device.is("on_off") && device.number("fuel").unwrap_or(0.0) > 0.0
                    }
                    _ => false,
                }
        });
        let supplied = grid || carried && stored;
        if supplied != self.supplied {
            self.supplied = supplied;
            let text = if supplied {
                "the mains carry power again"
            } else {
                "the mains are dead"
            };
            self.note(None, text.into());
        }
    }

    /// What the panels give now.
    fn panels(&mut self) -> f64 {
        let slope = self.weather.sun.on_slope(
            if self.file.location.latitude < 0.0 {
                0.0
            } else {
                180.0
            },
            35.0,
        );
        let warm = 1.0 - 0.004 * (self.weather.temperature + slope / 35.0 - 25.0).max(-10.0);
        let mut sum = 0.0;
        for device in self
            .devices
            .iter_mut()
            .filter(|device| device.kind == Kind::Solar)
        {
            let peak = device.file.options.max_watts.unwrap_or(4_000.0);
            let watts = if device.plugged {
                (peak * slope / 1_000.0 * 0.88 * warm).clamp(0.0, peak)
            } else {
                0.0
            };
            device.watts = -watts;
            sum += watts;
        }
        sum
    }

    /// A generator starts by itself when the battery is low, and stops when it is well filled.
    fn generator(&mut self, grid: bool, hours: f64) -> f64 {
        let charge = self.charge();
        let mut sum = 0.0;
        for device in self
            .devices
            .iter_mut()
            .filter(|device| device.kind == Kind::Generator)
        {
            let fuel = device.number("fuel").unwrap_or(0.0);
            if device.word("mode") == "auto" && !grid {
                if charge < 22.0 && fuel > 0.0 {
                    device.put("on_off", true);
                } else if charge > 65.0 {
                    device.put("on_off", false);
                }
            }
            let runs = device.plugged && device.is("on_off") && fuel > 0.0;
            let watts = if runs {
                device.file.options.max_watts.unwrap_or(3_500.0)
            } else {
                0.0
            };
            device.watts = -watts;
            // A tank lasts for about three days of running.
            let burnt = if runs { 100.0 * hours / 70.0 } else { 0.0 };
            // Somebody fills it up before it runs dry.
            let left = if fuel - burnt < 8.0 {
                100.0
            } else {
                fuel - burnt
            };
            if runs {
                device.put("fuel", left);
            }
            sum += watts;
        }
        sum
    }

    /// The mean charge of the house's batteries in per cent.
    fn charge(&self) -> f64 {
        let charges: Vec<f64> = self
            .devices
            .iter()
            .filter(|device| device.kind == Kind::Battery)
            .filter_map(|device| device.number("battery"))
            .collect();
        if charges.is_empty() {
            100.0
        } else {
            charges.iter().sum::<f64>() / charges.len() as f64
        }
    }

    /// Batteries take what is left over and give what is missing; answers what they draw.
    fn batteries(&mut self, mut net: f64, grid: bool, hours: f64) -> f64 {
        let mut drawn = 0.0;
        for device in self
            .devices
            .iter_mut()
            .filter(|device| device.kind == Kind::Battery)
        {
            let most = device.file.options.max_watts.unwrap_or(3_000.0);
            let capacity = device.file.options.capacity.unwrap_or(8.0) * 1_000.0;
            let charge = device.number("battery").unwrap_or(50.0);
            // Without the grid the reserve is what it was kept for.
            let reserve = if grid {
                device.number("reserve").unwrap_or(10.0)
            } else {
                0.5
            };
            let wanted = match device.word("mode") {
                "charge" if grid => most,
                "hold" if grid => 0.0,
                _ => (-net).clamp(-most, most),
            };
            // Nothing beyond full or below the reserve, even within one step.
            let room = (100.0 - charge) / 100.0 * capacity / EFFICIENCY;
            let stock = ((charge - reserve) / 100.0 * capacity * EFFICIENCY).max(0.0);
            let span = hours.max(1.0 / 3_600.0);
            let watts = if device.plugged {
                wanted.clamp(-stock / span, room / span)
            } else {
                0.0
            };
            let stored = if watts > 0.0 {
                watts * EFFICIENCY
            } else {
                watts / EFFICIENCY
            } * hours;
            device.watts = watts;
            device.put(
                "battery",
                (charge + stored / capacity * 100.0).clamp(0.0, 100.0),
            );
            device.put("charging", watts > 5.0);
            net += watts;
            drawn += watts;
        }
        drawn
    }

    /// Cars that are there charge.
    fn cars(&mut self, hours: f64) {
        for device in self
            .devices
            .iter_mut()
            .filter(|device| device.kind == Kind::Charger)
        {
            let capacity = device.file.options.capacity.unwrap_or(50.0);
            let current = device.number("max_charge_current").unwrap_or(16.0);
            // Three phases of 230 V.
            let most = device
                .file
                .options
                .max_watts
                .unwrap_or(11_000.0)
                .min(current * 690.0);
            let fed = device.online && self.supplied;
            let full = device.inner.charge >= capacity * 0.85;
            let charges = device.inner.here && fed && device.is("charging_enabled") && !full;
            let watts = if charges { most } else { 0.0 };
            let energy = watts * hours / 1_000.0;
            device.inner.charge = (device.inner.charge + energy * 0.92).min(capacity);
            let session = device.number("session_energy").unwrap_or(0.0) + energy;
            device.put("session_energy", session);
            device.put("charge_power", watts);
            device.put(
                "state",
                match (device.inner.here, charges) {
                    (false, _) => "not_plugged_in",
                    (true, true) => "charging",
                    (true, false) => "plugged_in",
                },
            );
            device.watts = watts + if fed { 3.0 } else { 0.0 };
        }
    }

    /// Meters count; what has counted never counts back.
    fn count(&mut self, net: f64, grid: bool, hours: f64) {
        let volts = 230.0 + 1.8 * self.wobble(9_999);
        for device in &mut self.devices {
            if device.kind == Kind::Meter {
                device.watts = if grid && device.online { net } else { 0.0 };
            }
            let watts = device.watts;
            device.inner.drawn += watts.max(0.0) * hours / 1_000.0;
            device.inner.delivered += (-watts).max(0.0) * hours / 1_000.0;
            let (drawn, delivered) = (device.inner.drawn, device.inner.delivered);
            device.put("power", watts);
            device.put("voltage", if self.supplied { volts } else { 0.0 });
            device.put("current", watts.abs() / volts);
            device.put("energy_imported", drawn);
            device.put("energy_exported", delivered);
            if device.kind == Kind::Meter {
                // A meter is not a consumer: what it shows is the sum of the others.
                device.watts = 0.0;
            }
        }
    }

    /// What the house draws from the grid now; negative where it delivers.
    #[must_use]
    pub fn grid_power(&self) -> f64 {
        self.devices
            .iter()
            .find(|device| device.kind == Kind::Meter)
            .and_then(|device| device.number("power"))
            .unwrap_or_else(|| self.devices.iter().map(|device| device.watts).sum())
    }
}
