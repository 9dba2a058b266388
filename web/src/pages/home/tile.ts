/**
 * What a device's tile shows and does, derived from its capabilities alone.
 *
 * Pure. The words are what was reported; a wish under way is told apart by the tile itself.
 */
import { boolean, capability, numeric, primary, properties, text } from '../../lib/device';
import { number, quantity, reported, value } from '../../lib/format';
import type { Asked } from '../../lib/live/wishes.svelte';
import type { Capability, Device, Property } from '../../lib/wire';
import { humanize } from '../../lib/words';

export type Tone = 'plain' | 'lit' | 'warm' | 'ok' | 'bad';

/** One tap. `pressed` is for what is on or off; an unknown state is neither. */
export type Tap = { property: Property; label: string; doing: string; pressed: boolean | null; asked: Asked };
export type Level = { property: Property; label: string; endpoint: number; capability: string };
export type Stepper = Level & { step: number };

export type TileFace = { icon: string; tone: Tone; words: string; tap: Tap | null; level: Level | null; stepper: Stepper | null };

const KIND_ICONS: Record<string, string> = {
  light: 'lamp', switch: 'power', outlet: 'plug', thermostat: 'thermometer', lock: 'lock', cover: 'blinds', fan: 'fan',
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

/** Writes a boolean, by the capability's own words where it has them. */
function toggle(device: Device, of: Capability, it: Property, yes: string, no: string, doing: [string, string]): Tap {
  const on = boolean(it);
  const goal = !(on ?? false);
  const named = of.commands.some((command) => command.name === (goal ? 'on' : 'off'));
  const asked: Asked = {
    target: it.path, goal, capability: of.name, endpoint: of.endpoint,
    ...(named && it.name === 'on_off' ? { command: goal ? 'on' : 'off' } : { command: 'set', args: { [it.name]: goal } }),
  };
  if (it.safety === 'confirm') asked.question = `${goal ? yes : no} ${device.name}?`;
  return { property: it, label: device.name, doing: doing[goal ? 0 : 1], pressed: on, asked };
}

function lockTap(device: Device, of: Capability, it: Property): Tap {
  const unlock = text(it) === 'locked';
  return {
    property: it, label: device.name, doing: unlock ? 'Unlocking…' : 'Locking…', pressed: null,
    asked: {
      target: it.path, goal: unlock ? 'unlocked' : 'locked', capability: of.name, endpoint: of.endpoint,
      command: unlock ? 'unlock' : 'lock', ...(unlock ? { question: `Unlock ${device.name}?` } : {}),
    },
  };
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
    stepper: base && mode !== 'off' ? { ...base, step: setpoint?.step ?? 0.5 } : null,
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
    tap: position
      ? {
          property: position, label: `${close ? 'Close' : 'Open'} ${device.name}`, doing: close ? 'Closing…' : 'Opening…', pressed: null,
          asked: { target: position.path, goal: close ? 0 : 100, capability: of.name, endpoint: of.endpoint, command: close ? 'close' : 'open' },
        }
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
    tap: {
      property: it!, label: `${playing ? 'Pause' : 'Play'} ${device.name}`, doing: playing ? 'Pausing…' : 'Starting…', pressed: null,
      asked: { target: it!.path, goal: playing ? 'paused' : 'playing', capability: of.name, endpoint: of.endpoint, command: playing ? 'pause' : 'play' },
    },
  };
}

/** The two figures that say most about a sensor. */
function readings(device: Device): string {
  const shown: string[] = [];
  const first = primary(device);
  if (first) shown.push(reported(first));
  for (const path of ['RelativeHumidityMeasurement.humidity', 'ElectricalPower.power', 'AirQuality.pm25']) {
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
    const power = numeric(find(capability(device, 'ElectricalPower'), 'power'));
    const lit = boolean(on) === true;
    let words = reported(on);
    if (lit && numeric(brightness) !== null) words = `${number(numeric(brightness)!, 0)} %`;
    else if (power !== null && (lit || power > 0)) words += ` · ${quantity(power, 'W')}`;
    return {
      tone: lit ? 'lit' : 'plain', words,
      tap: on.writable ? toggle(device, onOff, on, 'Turn on', 'Turn off', ['Turning on…', 'Turning off…']) : null,
      level: level(dimmer, brightness, `${device.name} brightness`),
    };
  }
  const fan = capability(device, 'FanControl');
  const spinning = find(fan, 'fan_on');
  if (fan && (spinning || find(fan, 'percent'))) {
    const percent = find(fan, 'percent');
    const turning = boolean(spinning) ?? (numeric(percent) ?? 0) > 0;
    return {
      tone: turning ? 'ok' : 'plain',
      words: turning && numeric(percent) !== null ? `${number(numeric(percent)!, 0)} %` : reported(spinning ?? percent!),
      tap: spinning?.writable ? toggle(device, fan, spinning, 'Turn on', 'Turn off', ['Turning on…', 'Turning off…']) : null,
      level: level(fan, percent, `${device.name} speed`),
    };
  }
  const valve = capability(device, 'Valve');
  const flow = find(valve, 'open');
  if (valve && flow) {
    return {
      tone: boolean(flow) ? 'ok' : 'plain', words: reported(flow),
      tap: flow.writable ? toggle(device, valve, flow, 'Open', 'Close', ['Opening…', 'Closing…']) : null,
    };
  }
  const first = primary(device);
  const danger = first && /^(WaterLeak|SmokeCoAlarm)\./.test(first.path) && boolean(first) === true;
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
