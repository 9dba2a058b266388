import { describe, expect, it } from 'vitest';
import { property } from '../live/testing';
import type { History } from '../wire';
import { rows, series, span, summary } from './series';

const t = (hour: number) => new Date(Date.UTC(2026, 10, 23, hour)).toISOString();
const history = (points: History['points'], more: Partial<History> = {}): History => ({
  device: 'd', property: 'p', unit: null, from: t(0), to: t(12), resolution: 'raw', points, gaps: [], truncated: false, ...more,
});
const temperature = property('TemperatureMeasurement.temperature', 20, { unit: '°C' });
const lamp = property('OnOff.on_off', true);

describe('a measured number', () => {
  it('is a line that stops at a gap and ends where it was last measured', () => {
    const gaps = [{ from: t(4), to: t(6), reason: null }];
    const it_ = series(history([{ at: t(1), value: 20 }, { at: t(4), value: 21 }, { at: t(7), value: 22 }], { gaps }), temperature);
    expect(it_.look).toBe('line');
    expect(it_.ys).toEqual([20, 21, null, 22]);
  });

  it('that people set holds until it is set again', () => {
    const it_ = series(history([{ at: t(1), value: 20 }, { at: t(4), value: 21 }]), property('Thermostat.heating_setpoint', 21, { writable: true }));
    expect(it_).toMatchObject({ look: 'step', ys: [20, 21, 21], levels: null });
  });

  it('is told in words', () => {
    const it_ = history([{ at: t(1), value: 20 }, { at: t(4), value: 22.5 }, { at: t(7), value: 21 }], { gaps: [{ from: t(8), to: t(9), reason: null }] });
    expect(summary(it_, temperature, 'UTC')).toBe('Between 20.0° at 1:00 and 22.5° at 4:00; last 21.0° at 7:00. 1 gap where nothing was recorded.');
    expect(summary(history([]), temperature, 'UTC')).toBe('Nothing was recorded in this time.');
  });

  it('keeps the spread of statistics', () => {
    const it_ = history([{ at: t(1), mean: 20, min: 18, max: 23 }], { resolution: 'hour' });
    expect(series(it_, temperature)).toMatchObject({ ys: [20], low: [18], high: [23] });
    expect(rows(it_, temperature, 9)[0]!.said).toBe('20.0° (18.0° to 23.0°)');
  });
});

describe('a state', () => {
  it('is drawn as steps that hold to the end', () => {
    const it_ = series(history([{ at: t(2), value: false }, { at: t(5), value: true }]), lamp);
    expect(it_).toMatchObject({ look: 'step', ys: [0, 1, 1], levels: ['Off', 'On'] });
  });

  it('does not count time in which nothing was recorded', () => {
    const it_ = history([{ at: t(2), value: true }, { at: t(8), value: false }], { gaps: [{ from: t(4), to: t(8), reason: null }] });
    expect(summary(it_, lamp, 'UTC')).toBe('Off for 4 h, On for 2 h; changed once. 1 gap where nothing was recorded.');
  });

  it('names only the words that occurred', () => {
    const lock = property('DoorLock.lock_state', 'locked', { values: ['locked', 'jammed', 'unlocked'] });
    const it_ = series(history([{ at: t(1), value: 'unlocked' }, { at: t(2), value: 'locked' }]), lock);
    expect(it_).toMatchObject({ levels: ['Locked', 'Unlocked'], ys: [1, 0, 0] });
  });
});

it('says spans as people do', () => {
  expect([span(12e5), span(36e5), span(12e6)]).toEqual(['20 min', '1 h', '3 h 20 min']);
});
