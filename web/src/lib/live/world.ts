/**
 * The page's copy of the house and how messages change it.
 *
 * Pure but for the maps it is given: a change replaces the one device it touches (and inside it
 * only the capability and property that changed), so that whoever looks at another device has
 * nothing to do. The maps may be plain ones (tests) or reactive ones (the page).
 */
import type {
  Area, Change, Constraint, Device, Discovery, Floor, HealthStatus, House, HouseEvent, Person, Scan, Snapshot, Wish,
} from '../wire';

export type World = {
  devices: Map<string, Device>;
  areas: Map<string, Area>;
  floors: Map<string, Floor>;
  people: Map<string, Person>;
  house: House | null;
  health: HealthStatus | null;
  discovered: number;
  /** Found things, where a page has asked for them; changes keep them true. */
  found: Map<string, Discovery>;
  /** The found things that changed since they were last asked for: an answer on its way is older. */
  touched: Set<string>;
  /** The search that is under way, or the last since the start. */
  scan: Scan | null;
  /** The newest things of the timeline that came in while looking, newest first. */
  events: HouseEvent[];
  /** What must never happen, by slug. */
  constraints: Map<string, Constraint>;
  epoch: number | null;
  seq: number;
  /** The server's word for what we may see. */
  view: string;
};

/** How many live events are kept; the server has the rest. */
export const KEPT_EVENTS = 200;

export function emptyWorld(): World {
  return {
    devices: new Map(),
    areas: new Map(),
    floors: new Map(),
    people: new Map(),
    house: null,
    health: null,
    discovered: 0,
    found: new Map(),
    touched: new Set(),
    scan: null,
    events: [],
    constraints: new Map(),
    epoch: null,
    seq: 0,
    view: 'house',
  };
}

function refill<T extends { id: string }>(map: Map<string, T>, items: T[]): void {
  const kept = new Set(items.map((item) => item.id));
  for (const id of [...map.keys()]) if (!kept.has(id)) map.delete(id);
  for (const item of items) map.set(item.id, item);
}

export function applySnapshot(world: World, snapshot: Snapshot): void {
  refill(world.devices, snapshot.devices);
  refill(world.areas, snapshot.areas);
  refill(world.floors, snapshot.floors);
  refill(world.people, snapshot.people);
  world.house = snapshot.house;
  world.health = snapshot.health;
  world.discovered = snapshot.discovered;
  world.scan = snapshot.scan ?? null;
  world.constraints.clear();
  for (const it of snapshot.constraints ?? []) world.constraints.set(it.slug, it);
  world.epoch = snapshot.epoch;
  world.seq = snapshot.seq;
  world.view = snapshot.view;
}

/** Takes in an answer about found things; what changed after it was asked for is newer. */
export function applyFound(world: World, things: Discovery[]): void {
  const newer = [...world.touched].flatMap((id) => world.found.get(id) ?? []);
  const gone = new Set([...world.touched].filter((id) => !world.found.has(id)));
  const all = new Map(things.filter((it) => !gone.has(it.id)).map((it) => [it.id, it]));
  for (const it of newer) all.set(it.id, it);
  refill(world.found, [...all.values()]);
}

/** A device with one property replaced; the same device when it has no such property. */
export function withProperty(device: Device, change: Extract<Change, { kind: 'property' }>): Device {
  let touched = false;
  const capabilities = device.capabilities.map((capability) => {
    if (capability.name !== change.capability || capability.endpoint !== change.endpoint) return capability;
    const properties = capability.properties.map((property) => {
      if (property.name !== change.property) return property;
      touched = true;
      return { ...property, reported: change.reported, desired: change.desired };
    });
    return { ...capability, properties };
  });
  return touched ? { ...device, capabilities } : device;
}

function applyChange(world: World, change: Change, ended: (wish: Wish) => void): void {
  switch (change.kind) {
    case 'property': {
      const device = world.devices.get(change.device);
      if (!device) return;
      const next = withProperty(device, change);
      if (next !== device) world.devices.set(device.id, next);
      return;
    }
    case 'connectivity': {
      const device = world.devices.get(change.device);
      if (!device) return;
      const { connectivity, connectivity_since, connectivity_reason, last_seen } = change;
      world.devices.set(device.id, { ...device, connectivity, connectivity_since, connectivity_reason, last_seen });
      return;
    }
    case 'device':
      world.devices.set(change.device.id, change.device);
      return;
    case 'device_removed':
      world.devices.delete(change.device);
      return;
    case 'area':
      world.areas.set(change.area.id, change.area);
      return;
    case 'area_removed':
      world.areas.delete(change.area);
      return;
    case 'floor':
      world.floors.set(change.floor.id, change.floor);
      return;
    case 'floor_removed':
      world.floors.delete(change.floor);
      return;
    case 'person':
      world.people.set(change.person.id, change.person);
      return;
    case 'person_removed':
      world.people.delete(change.person);
      return;
    case 'wish':
      if (change.wish.state !== 'pending') ended(change.wish);
      return;
    case 'event':
      world.events = [change.event, ...world.events].slice(0, KEPT_EVENTS);
      return;
    case 'discovered':
      world.discovered = change.count;
      return;
    case 'discovery':
      world.found.set(change.discovery.id, change.discovery);
      world.touched.add(change.discovery.id);
      return;
    case 'discovery_removed':
      world.found.delete(change.discovery);
      world.touched.add(change.discovery);
      return;
    case 'scan':
      world.scan = change.scan;
      return;
    case 'constraint':
      world.constraints.set(change.constraint.slug, change.constraint);
      return;
    case 'constraint_removed':
      world.constraints.delete(change.constraint);
      return;
    default:
      // A newer server may say things that this page does not know yet.
      return;
  }
}

/** `old`: we have it already. `hole`: something before it is missing. Neither changes anything. */
export type Applied = 'applied' | 'old' | 'hole';

export function applyDelta(
  world: World,
  delta: { epoch: number; from?: number; seq: number; changes: Change[] },
  ended: (wish: Wish) => void = () => {},
): Applied {
  if (delta.epoch !== world.epoch) return 'hole';
  if (delta.seq <= world.seq) return 'old';
  if (delta.from !== undefined && delta.from > world.seq + 1) return 'hole';
  for (const change of delta.changes) applyChange(world, change, ended);
  world.seq = delta.seq;
  return 'applied';
}
