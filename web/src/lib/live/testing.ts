/** A small house for tests. */
import type { Device, Discovery, Property, Snapshot, Value } from '../wire';

const AT = '2026-11-23T08:42:00Z';

export function property(path: string, value: Value | null, more: Partial<Property> = {}): Property {
  const name = path.split('.')[1]!;
  return {
    name, path, title: name, type: typeof value === 'boolean' ? 'boolean' : typeof value === 'string' ? 'enum' : 'number',
    unit: null, min: null, max: null, step: null, values: null, writable: false, safety: 'free',
    reported: value === null ? null : { value, at: AT, stale: false, cause: null }, desired: null, ...more,
  };
}

export function device(slug: string, kind: string, properties: Property[], more: Partial<Device> = {}): Device {
  const names = [...new Set(properties.map((it) => it.path.split('.')[0]!))];
  return {
    id: `id-${slug}`, slug, aliases: [], name: slug.replace(/_/g, ' ').replace(/^./, (it) => it.toUpperCase()), kind,
    area: null, serves: [], manufacturer: null, model: null, protocol: 'mqtt', native_id: slug, via: null,
    connectivity: 'online', connectivity_since: AT, connectivity_reason: null, first_seen: AT, last_seen: AT,
    capabilities: names.map((name) => ({
      endpoint: 1, name, title: name, label: null, events: [], commands: [],
      properties: properties.filter((it) => it.path.startsWith(`${name}.`)),
    })),
    ...more,
  };
}

export function discovery(id: string, more: Partial<Discovery> = {}): Discovery {
  return {
    id, protocol: 'network', native_id: id, name: id, kind: 'other', manufacturer: null, model: null, first_seen: AT, last_seen: AT,
    state: 'new', suggested_area: null, capabilities: [], presence: 'online', device: null, addresses: [], sightings: [],
    guess: { what: null, kind: null, brand: null, model: null, driver: null }, confidence: null,
    adoptable: { as: 'presence', text: 'Nobody here speaks to it yet.' }, ...more,
  };
}

export function snapshot(devices: Device[]): Snapshot {
  return {
    type: 'snapshot', epoch: 1, seq: 10, view: 'house', devices, areas: [], floors: [], people: [], health: 'ok', discovered: 0, scan: null, constraints: [],
    house: { name: 'Test', time: AT, timezone: 'UTC', simulated: false, pace: 1, simulator_url: null, version: '0' },
  };
}
