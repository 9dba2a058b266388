/** Finding things in a device. */
import type { Capability, Device, Property, Safety } from './wire';

export function capability(device: Device, name: string): Capability | undefined {
  return device.capabilities.find((it) => it.name === name);
}

export function property(device: Device, path: string): Property | undefined {
  for (const it of device.capabilities) {
    for (const candidate of it.properties) if (candidate.path === path) return candidate;
  }
  return undefined;
}

export function properties(device: Device): Property[] {
  return device.capabilities.flatMap((it) => it.properties);
}

export function capabilityOf(device: Device, path: string): Capability | undefined {
  return device.capabilities.find((it) => it.properties.some((candidate) => candidate.path === path));
}

/** The name of one property on its device, with the part it belongs to where there are several. */
export function propertyLabel(device: Device, it: Property): string {
  const owner = capabilityOf(device, it.path);
  return owner?.label ? `${it.title}, ${owner.label}` : it.title;
}

export function boolean(it: Property | undefined): boolean | null {
  return typeof it?.reported?.value === 'boolean' ? it.reported.value : null;
}

export function numeric(it: Property | undefined): number | null {
  return typeof it?.reported?.value === 'number' ? it.reported.value : null;
}

export function text(it: Property | undefined): string | null {
  return typeof it?.reported?.value === 'string' ? it.reported.value : null;
}

/** Whether a person must say yes first: what is guarded at all is only ever done by a person. */
export function needsYes(it: { safety?: Safety } | undefined): boolean {
  return it?.safety !== undefined && it.safety !== 'free';
}

/** Something shown is from before the last restart and was not confirmed since. */
export function isStale(device: Device): boolean {
  return device.connectivity !== 'offline' && properties(device).some((it) => it.reported?.stale);
}

/** The property that matters most: what the tile shows and the chart starts with. */
const FIRST = [
  'WaterLeak.leak', 'SmokeCoAlarm.smoke', 'DoorLock.lock_state', 'Thermostat.local_temperature', 'WindowCovering.position',
  'MediaPlayback.playback_state', 'OnOff.on_off', 'FanControl.percent', 'ValveConfigurationAndControl.open', 'Contact.open',
  'OccupancySensing.occupied', 'SecurityAlarm.alarm_state', 'EnergyEvse.state', 'WeatherStation.condition',
  'TemperatureMeasurement.temperature', 'RelativeHumidityMeasurement.humidity', 'ElectricalPowerMeasurement.power',
  'ElectricalEnergyMeasurement.energy_imported', 'IlluminanceMeasurement.illuminance', 'AirQuality.co2', 'Presence.home', 'PowerSource.battery',
];

export function primary(device: Device): Property | undefined {
  const all = properties(device);
  for (const path of FIRST) {
    const found = all.find((it) => it.path === path);
    if (found) return found;
  }
  // On a device with several relays the first endpoint speaks for it.
  return all.find((it) => FIRST.includes(it.path.replace(/^\d+:/, ''))) ?? all[0];
}
