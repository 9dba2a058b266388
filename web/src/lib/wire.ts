/**
 * What travels between the server and this page, as JSON.
 *
 * Times are RFC 3339 text in UTC, ids are UUID text, and a slug works wherever a device's or an
 * area's id is taken. Everything named here comes from outside the page: texts are shown as text,
 * never as markup.
 */
import type { News } from './automation/wire';

export type Time = string;
export type Id = string;
export type Value = boolean | number | string;

export type Who = { kind: string; name?: string; id?: Id };
export type Cause = { id: Id; parent: Id | null; who: Who };

/** `at` is the last report, `since` the first report of this value. */
export type Reported = { value: Value; at: Time; since?: Time; stale: boolean; cause?: Cause | null };
export type Desired = { value: Value; at: Time; wish: Id; who?: Who };

/** `confirm`: a person's yes. `never`: also a person's yes, and no rule or assistant ever. */
export type Safety = 'free' | 'confirm' | 'never';
export type ValueType = 'boolean' | 'number' | 'enum' | 'text';

export type Property = {
  name: string;
  /** `OnOff.on_off`, or `2:OnOff.on_off` on a further endpoint. */
  path: string;
  title: string;
  type: ValueType;
  unit: string | null;
  min: number | null;
  max: number | null;
  step: number | null;
  values: string[] | null;
  writable: boolean;
  safety: Safety;
  /** `null` means unknown; a value is never invented. */
  reported: Reported | null;
  /** Only there while a wish is under way. */
  desired: Desired | null;
};

export type CommandArg = {
  name: string;
  type: ValueType;
  unit?: string | null;
  min?: number | null;
  max?: number | null;
  step?: number | null;
  values?: string[] | null;
  required?: boolean;
};

export type Command = { name: string; title: string; args: CommandArg[]; safety?: Safety };

export type Capability = {
  endpoint: number;
  name: string;
  title: string;
  label: string | null;
  properties: Property[];
  commands: Command[];
  events: string[];
};

export type Connectivity = 'online' | 'offline' | 'unknown';

export type AreaRef = { id: Id; slug: string; name: string };

export type Device = {
  id: Id;
  slug: string;
  aliases: string[];
  name: string;
  kind: string;
  area: AreaRef | null;
  /** The rooms that it works for, wherever it stands. */
  serves: AreaRef[];
  manufacturer: string | null;
  model: string | null;
  protocol: string;
  native_id: string;
  via: Id | null;
  connectivity: Connectivity;
  connectivity_since: Time | null;
  connectivity_reason: string | null;
  first_seen: Time;
  last_seen: Time | null;
  capabilities: Capability[];
};

export type Area = AreaRef & { floor: Id | null; neighbours: Id[] };
export type Floor = { id: Id; slug: string; name: string; level: number };
export type Person = { id: Id; slug: string; name: string; presence: 'home' | 'away' | 'unknown' };

export type House = {
  name: string;
  time: Time;
  timezone: string;
  simulated: boolean;
  pace: number;
  simulator_url: string | null;
  version: string;
};

export type HealthStatus = 'ok' | 'degraded' | 'failed';

export type Component = {
  name: string;
  status: HealthStatus;
  critical?: boolean;
  latency_ms: number | null;
  since: Time | null;
  message: string | null;
  action: string | null;
};

export type VaultEntry = {
  name: string;
  since: string;
  by: string;
  used_by: string | null;
  effect: 'now' | 'restart' | 'not_used';
  message: string;
};

export type VaultSetting = {
  name: string;
  used_by: string;
  given_by_environment: boolean;
  waits_for: string | null;
  at_once: boolean;
};

export type Vault = { open: boolean; closed_because: string | null; entries: VaultEntry[]; settings: VaultSetting[] };

export type HealthReport = { status: HealthStatus; version?: string; components: Component[] };

export type WishState = 'pending' | 'reached' | 'superseded' | 'rejected' | 'timed_out';

export type Wish = {
  id: Id;
  request: Id;
  device: Id;
  endpoint: number;
  capability: string;
  command: string;
  args: Record<string, Value>;
  goal: Record<string, Value> | null;
  state: WishState;
  note: string | null;
  made_at: Time;
  ended_at: Time | null;
  cause?: Cause | null;
};

export type HouseEvent = {
  epoch: number;
  seq: number;
  at: Time;
  kind: string;
  device: { id: Id; slug: string; name: string } | null;
  property: string | null;
  text: string;
  cause: Cause | null;
  data?: unknown;
};

/** A conclusion, how sure it is (above 0, below 1), and what it rests on. */
export type Opinion = { value: string; confidence: number; evidence: string[] };

export type Sighting = {
  protocol: string;
  native_id: string;
  name: string | null;
  present: boolean;
  first_seen: Time;
  last_seen: Time;
  addresses: string[];
  facts: { name: string; value: string }[];
};

export type Discovery = {
  id: Id;
  /** `network` where no driver speaks to it. */
  protocol: string;
  native_id: string;
  name: string;
  kind?: string;
  manufacturer: string | null;
  model: string | null;
  first_seen: Time;
  last_seen: Time | null;
  state: 'new' | 'ignored' | 'adopted';
  suggested_area: string | null;
  capabilities: string[];
  presence: Connectivity;
  device: Id | null;
  addresses: string[];
  sightings: Sighting[];
  guess: { what: Opinion | null; kind: Opinion | null; brand: Opinion | null; model: Opinion | null; driver: Opinion | null };
  confidence: number | null;
  adoptable: { as: 'control' | 'readings' | 'presence'; text: string } | null;
};

export type ScanPart = {
  protocol: string;
  status: 'running' | 'completed' | 'failed' | 'timed_out' | 'unavailable' | 'disabled';
  found: number;
  duration_ms: number;
  error?: string;
};

export type Scan = {
  scan_id: Id;
  status: 'running' | 'completed';
  started_at: Time;
  ended_at: Time | null;
  who: Who;
  protocols: ScanPart[];
  new_count: number;
};

export type ProtocolStatus = {
  protocol: string;
  enabled: boolean;
  reason: string | null;
  driver: { state: string; reason: string | null } | null;
  last_scan: { scan_id: Id; started_at: Time; result: ScanPart } | null;
  success: { percent: number | null; attempts: number; successes: number };
  seen: number;
};

export type DiscoveryStatus = { scan: Scan | null; waiting: number; protocols: ProtocolStatus[] };

export type RawPoint = { at: Time; value: Value | null };
export type StatPoint = { at: Time; mean: number | null; min: number | null; max: number | null; sum?: number | null; count?: number };

export type History = {
  device: Id;
  property: string;
  unit: string | null;
  from: Time;
  to: Time;
  resolution: 'raw' | 'hour' | 'day';
  points: (RawPoint | StatPoint)[];
  gaps: { from: Time; to: Time; reason: string | null }[];
  truncated: boolean;
};

export type Why = {
  known: boolean;
  sentence: string;
  chain: HouseEvent[];
  inferred: { text: string; confidence: number; event: HouseEvent | null }[];
};

export type WireError = {
  code: string;
  message: string;
  expected?: string | null;
  action?: string | null;
  reference?: string | null;
};

export type CommandRequest = {
  id?: Id;
  capability: string;
  command: string;
  args?: Record<string, Value>;
  endpoint?: number;
  confirm?: boolean;
};

export type DeviceRef = { id: Id; slug: string; name: string };

/** A number of a safety constraint; `value` is null where there is no such limit. */
export type ConstraintParameter = {
  name: string; label: string; value: number | null; unit: string | null; from: number; to: number; whole: boolean; optional: boolean;
};

/** Something that must never happen, whoever asks for it. */
export type Constraint = {
  slug: string;
  name: string;
  statement: string;
  template: string;
  hazard: string;
  enabled: boolean;
  shipped: boolean;
  edited: boolean;
  unknown: 'refuse' | 'allow';
  parameters: ConstraintParameter[];
  scope: { capability: string | null; kinds: string[]; areas: Id[]; devices: DeviceRef[] };
  form: { kind: string; property: string | null; sensors: DeviceRef[]; same_area: string[]; place: string | null; unit: string | null; meter: DeviceRef | null };
  guards: number;
  problems: string[];
  last_refusals: { at: Time; device: DeviceRef | null; who: string; reason: string }[];
};

export type Change =
  | { kind: 'property'; device: Id; endpoint: number; capability: string; property: string; reported: Reported | null; desired: Desired | null }
  | { kind: 'connectivity'; device: Id; connectivity: Connectivity; connectivity_since: Time | null; connectivity_reason: string | null; last_seen: Time | null }
  | { kind: 'device'; device: Device }
  | { kind: 'device_removed'; device: Id }
  | { kind: 'area'; area: Area }
  | { kind: 'area_removed'; area: Id }
  | { kind: 'floor'; floor: Floor }
  | { kind: 'floor_removed'; floor: Id }
  | { kind: 'person'; person: Person }
  | { kind: 'person_removed'; person: Id }
  | { kind: 'wish'; wish: Wish }
  | { kind: 'event'; event: HouseEvent }
  | { kind: 'discovered'; count: number }
  | { kind: 'discovery'; discovery: Discovery }
  | { kind: 'discovery_removed'; discovery: Id }
  | { kind: 'scan'; scan: Scan }
  | { kind: 'constraint'; constraint: Constraint }
  | { kind: 'constraint_removed'; constraint: string };

export type Snapshot = {
  type: 'snapshot';
  epoch: number;
  seq: number;
  view: string;
  house: House;
  devices: Device[];
  areas: Area[];
  floors: Floor[];
  people: Person[];
  health: HealthStatus;
  discovered: number;
  /** The search that is under way, or the last since the start. */
  scan: Scan | null;
  /** In the order in which they are judged. */
  constraints: Constraint[];
};

export type LiveMessage =
  | Snapshot
  | { type: 'resumed'; epoch: number; seq: number }
  /** Covers the events from `from` to `seq`, both included. */
  | { type: 'delta'; epoch: number; from?: number; seq: number; changes: Change[] }
  | { type: 'house'; house: Partial<House>; health: HealthStatus }
  /** How far a search has come; like the clock it has no place in the sequence. */
  | { type: 'scan'; scan: Scan }
  | News
  | { type: 'resync'; reason: string }
  | { type: 'pong' };
