import { expect, it } from 'vitest';
import { KINDS, fresh, statement, written } from './constraints';

it('writes of each kind what counts for it, and nothing else', () => {
  const form = (draft: Partial<ReturnType<typeof fresh>> & { kind: Parameters<typeof fresh>[0] }) => written({ ...fresh(draft.kind), ...draft }).form;
  expect(form({ kind: 'bounds', property: 'Thermostat.heating_setpoint', max: 21 })).toEqual({ kind: 'bounds', property: 'Thermostat.heating_setpoint', max: 21 });
  expect(form({ kind: 'opens_while_away' })).toEqual({ kind: 'opens_while_away' });
  expect(form({ kind: 'closes_while_obstructed' })).toEqual({ kind: 'closes_while_obstructed', sensors: [], same_area: ['obstruction'] });
  expect(form({ kind: 'opens_while_leaking' })).toEqual({ kind: 'opens_while_leaking', place: 'anywhere' });
  expect(form({ kind: 'starts_per_hour', most: 3 })).toEqual({ kind: 'starts_per_hour', most: 3 });
  expect(form({ kind: 'load_above', limit: 25, phases: 3 })).toEqual({ kind: 'load_above', limit: 25, unit: 'ampere', phases: 3 });
  expect(form({ kind: 'load_above', limit: 5000, unit: 'watt', meter: 'main_meter' })).toEqual({ kind: 'load_above', limit: 5000, unit: 'watt', meter: 'main_meter' });
});

it('says what must never happen, with places for the numbers, and names the harm', () => {
  expect(statement({ ...fresh('bounds'), min: 5, max: 21 }, 'Nursery heater', 'Heat to')).toBe('Heat to of Nursery heater is never set below {min} or above {max}.');
  expect(statement(fresh('starts_per_hour'), '', '')).toBe('Nothing is started more than {most}.');
  for (const it of KINDS) {
    expect(statement(fresh(it.kind), '', '').endsWith('.')).toBe(true);
    expect(it.hazard.length).toBeGreaterThan(20);
  }
});
