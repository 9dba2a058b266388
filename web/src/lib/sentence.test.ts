import { expect, it } from 'vitest';
import { device, property } from './live/testing';
import { sentence } from './sentence';
import type { Device } from './wire';

const now = Date.parse('2026-11-23T09:00:00Z');
const say = (devices: Device[], connected = true) => sentence({ devices, now, zone: 'Europe/Berlin', connected });
const fine = (n: number) => Array.from({ length: n }, (_, i) => device(`d${i}`, 'light', []));
const silent = (slug: string, last_seen: string | null) => device(slug, 'contact', [], { connectivity: 'offline', last_seen });

it('says when all is answering', () => {
  expect(say(fine(32))).toBe('All 32 devices are answering.');
  expect(say(fine(1))).toBe('The one device is answering.');
  expect(say([])).toBe('I have no devices yet.');
});

it('names who is silent and since when', () => {
  expect(say([...fine(31), silent('bedroom_window', '2026-11-23T08:41:00Z')])).toBe(
    '31 of 32 devices are answering. Bedroom window has been silent since 9:41.',
  );
  expect(say([silent('a', null), silent('b', null), silent('c', null)])).toBe(
    'None of the 3 devices is answering. A, B and 1 more are silent.',
  );
});

it('tells silence from not having heard yet', () => {
  const waiting = device('w', 'light', [], { connectivity: 'unknown' });
  expect(say([...fine(2), waiting])).toBe('2 of 3 devices are answering. 1 has not been heard from yet.');
});

it('puts danger first, but only what is known now', () => {
  const leak = (stale: boolean) => {
    const it_ = property('WaterLeak.leak', true);
    return device('sink_sensor', 'leak', [{ ...it_, reported: { ...it_.reported!, stale } }]);
  };
  expect(say([leak(false)])).toBe('Sink sensor reports water. The one device is answering.');
  expect(say([leak(true)])).toBe('The one device is answering.');
});

it('does not claim the present when the line is down', () => {
  expect(say(fine(3), false)).toBe('When I last heard: all 3 devices are answering.');
});
