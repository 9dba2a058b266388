/**
 * What a device's tile shows and does, derived from its capabilities alone.
 *
 * Pure. The words are what was reported; a wish under way is told apart by the tile itself.
 */
import { boolean, capability, needsYes, numeric, primary, properties, text } from '../../lib/device';
import { number, quantity, reported, value } from '../../lib/format';
import type { Asked } from '../../lib/live/wishes.svelte';
import type { Capability, Device, Property, Value } from '../../lib/wire';
import { humanize } from '../../lib/words';

export type Tone = 'plain' | 'lit' | 'warm' | 'ok' | 'bad';

/** One tap. */
export type Tap = {
  property: Property;
  /** What it does, ending in the device's name. */
  label: string;
  /** For what is simply on or off: which; `mixed` when unknown. */
  pressed: boolean | 'mixed' | undefined;
  asked: Asked;
  /** The words while something is on its way to `goal`. */
  doing: (goal: Value) => string;
  /** What takes a wish for `goal` back, where that makes sense. */
  back: (goal: Value) => Asked | null;
};
export type Level = { property: Property; label: string; endpoint: number; capability: string };
export type Stepper = Level & { step: number };

export type TileFace = { icon: string; tone: Tone; words: string; tap: Tap | null; level: Level | null; stepper: Stepper | null };

const KIND_ICONS: Record<string, string> = {
  light: 'lamp', switch: 'power', outlet: 'plug', thermostat: 'thermometer', lock: 'lock', cover: 'blinds', garage_door: 'door', fan: 'fan',
  valve: 'valve', media_player: 'music', button: 'button', contact: 'door', motion: 'motion', sensor: 'gauge', leak: 'drop',
  smoke: 'flame', meter: 'activity', battery: 'battery', charger: 'charger', alarm: 'shield', weather: 'weather',
  appliance: 'appliance', bridge: 'bridge', person: 'person',
};

/** An icon's name for a kind of device; `gauge` where there is none. */
export function kindIcon(kind: string): string {
  return KIND_ICONS[kind] ?? 'gauge';
}

function find(of: Capability | undefined, name: string): Property | undefined {
  return of?.properties.find((it) => it.name === name);
}

function asking(of: Capability, it: Property, goal: Value, name: string, words: string): Asked {
  const command = of.commands.find((candidate) => candidate.name === name);
  const asked: Asked = { target: it.path, goal, capability: of.name, endpoint: of.endpoint, command: command ? name : 'set' };
  if (!command) asked.args = { [it.name]: goal };
  // The command knows best whether this way needs a yes: to lock is free, to unlock is not.
  if (needsYes(command ?? it)) asked.question = `${words}?`;
  return asked;
}

type Ways = { yes: string; no: string; say: [yes: string, no: string]; doing: [yes: string, no: string] };

/** Two commands that set one truth: on and off, open and close. */
function toggle(device: Device, of: Capability, it: Property, ways: Ways): Tap | null {
  if (!it.writable) return null;
  const ask = (goal: boolean) => asking(of, it, goal, goal ? ways.yes : ways.no, `${ways.say[goal ? 0 : 1]} ${device.name}`);
  return {
    property: it, label: device.name, pressed: boolean(it) ?? 'mixed', asked: ask(!(boolean(it) ?? false)),
    doing: (goal) => ways.doing[goal === true ? 0 : 1],
    back: (goal) => ask(goal !== true),
  };
}

const ON_OFF: Ways = { yes: 'on', no: 'off', say: ['Turn on', 'Turn off'], doing: ['Turning on…', 'Turning off…'] };
const OPEN_CLOSE: Ways = { yes: 'open', no: 'close', say: ['Open', 'Close'], doing: ['Opening…', 'Closing…'] };
const CHARGE: Ways = { yes: 'enable_charging', no: 'disable_charging', say: ['Charge', 'Stop charging'], doing: ['Allowing to charge…', 'Stopping…'] };

/** A command towards one of two ends that are not simply on and off. */
function towards(device: Device, of: Capability, it: Property, goal: Value, name: string, words: string, doing: Tap['doing']): Tap {
  const label = `${words} ${device.name}`;
  return { property: it, label, pressed: undefined, asked: asking(of, it, goal, name, label), doing, back: () => null };
}

function lockTap(device: Device, of: Capability, it: Property): Tap {
  const unlock = text(it) === 'locked';
  const doing = (goal: Value) => (goal === 'unlocked' ? 'Unlocking…' : 'Locking…');
  return towards(device, of, it, unlock ? 'unlocked' : 'locked', unlock ? 'unlock' : 'lock', unlock ? 'Unlock' : 'Lock', doing);
}

function level(of: Capability | undefined, it: Property | undefined, label: string): Level | null {
  return of && it?.writable && it.type === 'number' ? { property: it, label, endpoint: of.endpoint, capability: of.name } : null;
}

function thermostat(device: Device, of: Capability): Partial<TileFace> {
  const mode = text(find(of, 'system_mode'));
  const running = text(find(of, 'running_state'));
  const name = mode === 'cool' || !find(of, 'heating_setpoint') ? 'cooling_setpoint' : 'heating_setpoint';
  const setpoint = find(of, name);
  const target = numeric(setpoint);
  const room = numeric(find(of, 'local_temperature'));
  const doing = running === 'heating' ? 'Heating to' : running === 'cooling' ? 'Cooling to' : 'Set to';
  const words = mode === 'off' ? 'Off' : target === null ? 'Setpoint unknown' : `${doing} ${quantity(target, '°C')}`;
  const base = level(of, setpoint, `${device.name} setpoint`);
  return {
    tone: running === 'heating' ? 'warm' : running === 'cooling' ? 'ok' : 'plain',
    words: room === null ? words : `${words} · now ${quantity(room, '°C')}`,
    stepper: base && mode !== 'off' ? { ...base, step: Math.max(0.5, setpoint?.step ?? 0) } : null,
  };
}

function cover(device: Device, of: Capability): Partial<TileFace> {
  const position = find(of, 'position');
  const at = numeric(position);
  const close = (at ?? 0) > 0;
  const motion = text(find(of, 'motion'));
  const moving = motion !== null && !/stop|idle/.test(motion);
  const words = at === null ? 'Position unknown' : at <= 0 ? 'Closed' : at >= 100 ? 'Open' : `Open ${number(at, 0)} %`;
  return {
    tone: at !== null && at > 0 ? 'ok' : 'plain',
    words: moving ? `${humanize(motion)} · ${words}` : words,
    level: level(of, position, `${device.name} position`),
    tap: position?.writable
      ? towards(device, of, position, close ? 0 : 100, close ? 'close' : 'open', close ? 'Close' : 'Open', (goal) =>
          typeof goal === 'number' && goal < (at ?? 0) ? 'Closing…' : 'Opening…')
      : null,
  };
}

function media(device: Device, of: Capability): Partial<TileFace> {
  const it = find(of, 'playback_state');
  const state = text(it);
  const playing = state === 'playing';
  const title = text(find(of, 'title'));
  return {
    tone: playing ? 'lit' : 'plain',
    words: playing && title ? title : reported(it!),
    level: level(of, find(of, 'volume'), `${device.name} volume`),
    tap: towards(device, of, it!, playing ? 'paused' : 'playing', playing ? 'pause' : 'play', playing ? 'Pause' : 'Play', (goal) =>
      goal === 'playing' ? 'Starting…' : 'Pausing…'),
  };
}

const DANGER = /^(WaterLeak\.leak|SmokeCoAlarm\.(smoke|carbon_monoxide|gas|heat))$/;

/** The two figures that say most about a sensor. */
function readings(device: Device): string {
  const shown: string[] = [];
  // A danger goes before whatever else the same device could say.
  const first = properties(device).find((it) => DANGER.test(it.path) && boolean(it) === true) ?? primary(device);
  if (first) shown.push(reported(first));
  for (const path of ['RelativeHumidityMeasurement.humidity', 'ElectricalPowerMeasurement.power', 'AirQuality.pm25']) {
    const it = properties(device).find((candidate) => candidate.path === path);
    if (it && it !== first && it.reported && shown.length < 2) shown.push(value(it, it.reported.value));
  }
  if (shown.length === 0) return device.capabilities.some((it) => it.events.length > 0) ? 'Waits to be pressed' : 'Nothing to show';
  return shown.join(' · ');
}

function parts(device: Device): Partial<TileFace> {
  const lock = capability(device, 'DoorLock');
  const lockState = find(lock, 'lock_state');
  if (lock && lockState) {
    const locked = text(lockState) === 'locked';
    return {
      icon: locked ? 'lock' : 'unlocked', tone: locked || !lockState.reported ? 'plain' : 'warm',
      words: reported(lockState), tap: lockTap(device, lock, lockState),
    };
  }
  const heat = capability(device, 'Thermostat');
  if (heat) return thermostat(device, heat);
  const covering = capability(device, 'WindowCovering');
  if (covering) return cover(device, covering);
  const player = capability(device, 'MediaPlayback');
  if (player && find(player, 'playback_state')) return media(device, player);

  const onOff = capability(device, 'OnOff');
  const on = find(onOff, 'on_off');
  if (onOff && on) {
    const dimmer = capability(device, 'LevelControl');
    const brightness = find(dimmer, 'current_level');
    const blower = capability(device, 'FanControl');
    const speed = find(blower, 'percent');
    const power = numeric(find(capability(device, 'ElectricalPowerMeasurement'), 'power'));
    const lit = boolean(on) === true;
    let words = reported(on);
    const amount = numeric(brightness ?? speed);
    if (lit && amount !== null) words = `${number(amount, 0)} %`;
    else if (power !== null && (lit || power > 0)) words += ` · ${quantity(power, 'W')}`;
    return {
      tone: lit ? 'lit' : 'plain', words,
      tap: toggle(device, onOff, on, ON_OFF),
      level: level(dimmer, brightness, `${device.name} brightness`) ?? level(blower, speed, `${device.name} speed`),
    };
  }
  const fan = capability(device, 'FanControl');
  const percent = find(fan, 'percent');
  if (fan && percent) {
    return { tone: (numeric(percent) ?? 0) > 0 ? 'ok' : 'plain', words: reported(percent), level: level(fan, percent, `${device.name} speed`) };
  }
  const valve = capability(device, 'ValveConfigurationAndControl');
  const flow = find(valve, 'open');
  if (valve && flow) return { tone: boolean(flow) ? 'ok' : 'plain', words: reported(flow), tap: toggle(device, valve, flow, OPEN_CLOSE) };
  const charger = capability(device, 'EnergyEvse');
  const allowed = find(charger, 'charging_enabled');
  if (charger && allowed) {
    const state = find(charger, 'state');
    const power = numeric(find(charger, 'charge_power'));
    const words = [reported(state ?? allowed), ...(power ? [quantity(power, 'W')] : [])].join(' · ');
    return { tone: power ? 'lit' : 'plain', words, tap: toggle(device, charger, allowed, CHARGE) };
  }
  const first = primary(device);
  const danger = properties(device).some((it) => DANGER.test(it.path) && boolean(it) === true);
  const open = first?.path === 'Contact.open' && boolean(first) === true;
  const seen = first?.path === 'OccupancySensing.occupied' && boolean(first) === true;
  return { tone: danger ? 'bad' : open ? 'warm' : seen ? 'ok' : 'plain', words: readings(device) };
}

export function tileFace(device: Device): TileFace {
  return { icon: kindIcon(device.kind), tone: 'plain', words: '', tap: null, level: null, stepper: null, ...parts(device) };
}

/** The request that sets a number, for sliders and steppers. */
export function setNumber(it: Level, to: number): Asked {
  return { target: it.property.path, goal: to, capability: it.capability, endpoint: it.endpoint, command: 'set', args: { [it.property.name]: to } };
}
