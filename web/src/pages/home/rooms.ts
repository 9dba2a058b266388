/** Rooms with their devices, and the climate that their sensors report. Pure. */
import { properties } from '../../lib/device';
import type { Area, Device, Floor } from '../../lib/wire';
import { plainPath } from '../../lib/words';

export type Room = { id: string; name: string; devices: Device[]; temperature: number | null; humidity: number | null };

/** What feels the air of its room; a freezer's sensor or the weather station does not. */
const FEELS_THE_ROOM = new Set(['sensor', 'thermostat', 'motion', 'contact', 'smoke']);

function mean(devices: Device[], paths: string[]): number | null {
  for (const path of paths) {
    const found: number[] = [];
    for (const device of devices) {
      if (!FEELS_THE_ROOM.has(device.kind) || device.connectivity === 'offline') continue;
      for (const it of properties(device)) {
        const now = it.reported;
        if (plainPath(it.path) === path && now && !now.stale && typeof now.value === 'number') found.push(now.value);
      }
    }
    if (found.length > 0) return found.reduce((sum, it) => sum + it, 0) / found.length;
  }
  return null;
}

export function temperature(devices: Device[]): number | null {
  return mean(devices, ['TemperatureMeasurement.temperature', 'Thermostat.local_temperature']);
}

export function humidity(devices: Device[]): number | null {
  return mean(devices, ['RelativeHumidityMeasurement.humidity']);
}

/** What one acts on comes before what one only reads. */
const ORDER = [
  'light', 'thermostat', 'cover', 'garage_door', 'lock', 'media_player', 'fan', 'switch', 'outlet', 'appliance', 'valve', 'alarm', 'charger',
  'battery', 'leak', 'smoke', 'contact', 'motion', 'sensor', 'weather', 'meter', 'button', 'person', 'bridge', 'other',
];

export function byUse(a: Device, b: Device): number {
  return ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id);
}

/** Rows of tiles that a room takes, roughly; a thermostat takes the whole width. */
function rows(room: Room): number {
  const wide = room.devices.filter((it) => it.kind === 'thermostat').length;
  return wide + Math.ceil((room.devices.length - wide) / 2);
}

/** Rooms in as many columns as fit, each next one where there is most space left. */
export function columns(all: Room[], wanted: number): Room[][] {
  const filled = Array.from({ length: wanted }, () => ({ height: 0, rooms: [] as Room[] }));
  for (const room of all) {
    const shortest = filled.reduce((best, it) => (it.height < best.height ? it : best));
    shortest.rooms.push(room);
    shortest.height += rows(room) + 1.2;
  }
  return filled.map((it) => it.rooms);
}

export function rooms(devices: Iterable<Device>, areas: ReadonlyMap<string, Area>, floors: ReadonlyMap<string, Floor>): Room[] {
  const grouped = new Map<string, { name: string; level: number; devices: Device[] }>();
  for (const device of devices) {
    const id = device.area?.id ?? '';
    let group = grouped.get(id);
    if (!group) {
      const area = areas.get(id);
      const floor = area?.floor ? floors.get(area.floor) : undefined;
      // Outside and what has no floor come after the floors, what has no room comes last.
      const level = device.area ? (floor?.level ?? 1000) : 2000;
      group = { name: area?.name ?? device.area?.name ?? 'No room yet', level, devices: [] };
      grouped.set(id, group);
    }
    group.devices.push(device);
  }
  return [...grouped]
    .sort(([, a], [, b]) => a.level - b.level || a.name.localeCompare(b.name))
    .map(([id, group]) => ({
      id, name: group.name, devices: group.devices.sort(byUse), temperature: temperature(group.devices), humidity: humidity(group.devices),
    }));
}
