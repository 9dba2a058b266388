/** Words for what the wire names by code. What is not listed is shown readably all the same. */

/** `heating_setpoint` -> `Heating setpoint` */
export function humanize(code: string): string {
  const words = code.replace(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const TRUTHS: Record<string, [string, string]> = {
  'OnOff.on_off': ['On', 'Off'],
  'ValveConfigurationAndControl.open': ['Open', 'Closed'],
  'Contact.open': ['Open', 'Closed'],
  'OccupancySensing.occupied': ['Occupied', 'Nobody seen'],
  'Presence.home': ['Home', 'Away'],
  'WaterLeak.leak': ['Water!', 'Dry'],
  'SmokeCoAlarm.smoke': ['Smoke!', 'No smoke'],
  'SmokeCoAlarm.carbon_monoxide': ['Carbon monoxide!', 'Air is clear'],
  'SmokeCoAlarm.gas': ['Gas!', 'No gas'],
  'SmokeCoAlarm.heat': ['Too hot!', 'Not too hot'],
  'SmokeCoAlarm.tamper': ['Tampered with', 'Untouched'],
  'MediaPlayback.muted': ['Muted', 'Not muted'],
  'PowerSource.charging': ['Charging', 'Not charging'],
  'PowerSource.battery_low': ['Battery low', 'Battery fine'],
  'EnergyEvse.charging_enabled': ['May charge', 'May not charge'],
};

/** A path without the number of its endpoint. */
export function plainPath(path: string): string {
  return path.replace(/^\d+:/, '');
}

export function booleanWords(path: string): [yes: string, no: string] {
  return TRUTHS[plainPath(path)] ?? ['Yes', 'No'];
}

const KINDS: Record<string, string> = {
  media_player: 'Media player', contact: 'Contact sensor', motion: 'Motion sensor', leak: 'Leak sensor', smoke: 'Smoke alarm',
  garage_door: 'Garage door or gate',
};

export function kindName(kind: string): string {
  return KINDS[kind] ?? humanize(kind);
}

export const HEALTH_WORDS = { ok: 'All well', degraded: 'Something is limping', failed: 'Something has failed' } as const;

export const CONNECTIVITY_WORDS = { online: 'Online', offline: 'Offline', unknown: 'Not heard from yet' } as const;
