import { describe, expect, it } from 'vitest';
import { age, clock, dayName, millis, moment, quantity, reported, value, who } from './format';
import { property } from './live/testing';
import { uuid } from './uuid';
import { webAddress } from './safe';

const at = (text: string) => Date.parse(text);
const BERLIN = 'Europe/Berlin';

describe('times', () => {
  it('are shown on the clock of the house', () => {
    expect(clock(at('2026-11-23T08:41:00Z'), BERLIN)).toBe('9:41');
    expect(clock(at('2026-07-23T22:05:00Z'), BERLIN)).toBe('0:05');
    expect(clock(at('2026-11-23T08:41:00Z'), 'Not/AZone')).toMatch(/^\d{1,2}:\d\d$/);
  });

  it('name the day when it is another', () => {
    const now = at('2026-11-23T09:00:00Z');
    expect(moment(at('2026-11-23T08:41:00Z'), now, BERLIN)).toBe('9:41');
    expect(moment(at('2026-11-22T08:41:00Z'), now, BERLIN)).toBe('Sunday 9:41');
    expect(moment(at('2026-11-03T08:41:00Z'), now, BERLIN)).toBe('3 November');
    expect(dayName(at('2026-11-22T08:41:00Z'), now, BERLIN)).toBe('Yesterday');
  });

  it('are told as ages', () => {
    const now = at('2026-11-23T09:00:00Z');
    expect(age(now - 20_000, now)).toBe('just now');
    expect(age(now + 20_000, now)).toBe('just now');
    expect(age(now - 4 * 60_000, now)).toBe('4 min ago');
    expect(age(now - 2.5 * 3600_000, now)).toBe('2 h ago');
    expect(age(now - 25 * 3600_000, now)).toBe('1 day ago');
  });

  it('that are none are nothing', () => {
    expect(millis('soon')).toBeNull();
    expect(millis(null)).toBeNull();
  });
});

describe('values', () => {
  it('carry their unit as people write it', () => {
    expect(quantity(21.44, '°C')).toBe('21.4°');
    expect(quantity(-3, '°C')).toBe('−3.0°');
    expect(quantity(44.4, '%')).toBe('44 %');
    expect(quantity(1650, 'W')).toBe('1.65 kW');
    expect(quantity(0.42, 'W')).toBe('0.4 W');
    expect(quantity(101_325, 'Pa')).toBe('1,013 hPa');
    expect(quantity(3, null)).toBe('3');
  });

  it('say what a truth means', () => {
    expect(value(property('Contact.open', true), true)).toBe('Open');
    expect(value(property('2:OnOff.on_off', false), false)).toBe('Off');
    expect(value(property('DoorLock.lock_state', 'not_fully_locked'), 'not_fully_locked')).toBe('Not fully locked');
  });

  it('are unknown rather than invented', () => {
    expect(reported(property('OnOff.on_off', null))).toBe('Unknown');
  });

  it('name who acted', () => {
    expect(who({ kind: 'operator' })).toBe('the operator');
    expect(who({ kind: 'rule', name: 'Evening' })).toBe('the rule “Evening”');
    expect(who(null)).toBe('nobody known');
  });
});

describe('odds and ends', () => {
  it('ids are version 7 and in order of time', () => {
    expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid(1000) < uuid(2000)).toBe(true);
  });

  it('an address from outside leads to a web page or nowhere', () => {
    expect(webAddress('http://127.0.0.1:8001')).toBe('http://127.0.0.1:8001/');
    expect(webAddress('javascript:alert(1)')).toBeNull();
    expect(webAddress('nonsense')).toBeNull();
  });
});
