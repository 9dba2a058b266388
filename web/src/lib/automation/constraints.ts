/** The kinds of safety constraints that a household can add, and what each is written as. Pure; the server judges. */

export type FormKind = 'opens_while_away' | 'bounds' | 'closes_while_obstructed' | 'opens_while_leaking' | 'starts_per_hour' | 'load_above';

/** What the form on the page holds; which of it counts depends on the kind. */
export type Draft = {
  kind: FormKind;
  name: string;
  statement: string;
  hazard: string;
  devices: string[];
  areas: string[];
  property: string;
  min: number | null;
  max: number | null;
  sensors: string[];
  signals: string[];
  place: 'anywhere' | 'same_area';
  most: number | null;
  limit: number | null;
  unit: 'ampere' | 'watt';
  phases: number | null;
  meter: string;
};

type About = { kind: FormKind; title: string; hazard: string };

/** Each with the harm that it usually prevents: who adds one reads that first, and says it in words of their own. */
export const KINDS: About[] = [
  { kind: 'bounds', title: 'A value is never set outside of bounds', hazard: 'Somebody or something is harmed by too much or too little of it: pipes freeze, a child sleeps in too hot a room, an animal dies of cold.' },
  { kind: 'opens_while_away', title: 'Nothing opens while nobody is home', hazard: 'Somebody walks into the empty house: a wrong rule, a stolen token or a slip of the finger let them in.' },
  { kind: 'closes_while_obstructed', title: 'Nothing closes on somebody', hazard: 'A door closes on a child, an animal or a car.' },
  { kind: 'opens_while_leaking', title: 'No valve opens while it leaks', hazard: 'Water runs on into the house through the leak that was just stopped.' },
  { kind: 'starts_per_hour', title: 'Nothing starts too often', hazard: 'A motor or compressor that starts again and again overheats and breaks.' },
  { kind: 'load_above', title: 'The house stays below its fuse', hazard: 'The fuse blows: the house is dark, and the freezer, the heating and the alarm stand still.' },
];

export const SIGNALS: [word: string, name: string][] = [
  ['obstruction', 'something in the way'], ['contact', 'an open door or window'], ['occupancy', 'somebody there'],
];

export function fresh(kind: FormKind): Draft {
  const about = KINDS.find((it) => it.kind === kind);
  return {
    kind, name: '', statement: '', hazard: about?.hazard ?? '', devices: [], areas: [], property: '', min: null, max: null, sensors: [],
    signals: ['obstruction'], place: 'anywhere', most: 6, limit: null, unit: 'ampere', phases: 1, meter: '',
  };
}

/** What must never happen, in a sentence, with the places of its numbers; `whose` is of which devices, `what` which value. */
export function statement(draft: Draft, whose: string, what: string): string {
  switch (draft.kind) {
    case 'bounds': {
      const limits = [draft.min !== null ? 'below {min}' : '', draft.max !== null ? 'above {max}' : ''].filter(Boolean);
      return `${what || 'The value'} of ${whose || 'any device'} is never set ${limits.join(' or ') || 'outside of its bounds'}.`;
    }
    case 'opens_while_away':
      return `${whose || 'Nothing that opens the house'} ${whose ? 'never opens' : 'is opened'} while nobody is home, unless a person says so now.`;
    case 'closes_while_obstructed':
      return `${whose || 'Nothing'} ${whose ? 'never closes' : 'closes'} while a sensor says that something is in its way.`;
    case 'opens_while_leaking':
      return `${whose || 'No valve'} ${whose ? 'is never opened' : 'is opened'} while a leak is reported ${draft.place === 'anywhere' ? 'anywhere in the house' : 'in the same room'}.`;
    case 'starts_per_hour':
      return `${whose || 'Nothing'} is ${whose ? 'never ' : ''}started more than {most}.`;
    case 'load_above':
      return 'Nothing is switched on that would take the house above {limit}.';
  }
}

/** As the server takes it. */
export function written(draft: Draft): Record<string, unknown> {
  const form = (): Record<string, unknown> => {
    switch (draft.kind) {
      case 'bounds':
        return { property: draft.property, ...(draft.min === null ? {} : { min: draft.min }), ...(draft.max === null ? {} : { max: draft.max }) };
      case 'closes_while_obstructed':
        return { sensors: draft.sensors, same_area: draft.signals };
      case 'opens_while_leaking':
        return { place: draft.place };
      case 'starts_per_hour':
        return { most: draft.most };
      case 'load_above':
        return { limit: draft.limit, unit: draft.unit, ...(draft.phases === null || draft.unit === 'watt' ? {} : { phases: draft.phases }), ...(draft.meter ? { meter: draft.meter } : {}) };
      default:
        return {};
    }
  };
  return {
    name: draft.name.trim(), statement: draft.statement.trim(), hazard: draft.hazard.trim(),
    scope: { devices: draft.devices, areas: draft.areas }, form: { kind: draft.kind, ...form() },
  };
}
