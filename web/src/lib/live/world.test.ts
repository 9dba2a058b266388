import { describe, expect, it } from 'vitest';
import type { Change, Wish } from '../wire';
import { device, discovery, property, snapshot } from './testing';
import { applyDelta, applyFound, applySnapshot, emptyWorld, KEPT_EVENTS, type World } from './world';

const lamp = device('lamp', 'light', [property('OnOff.on_off', false), property('LevelControl.current_level', 40)]);
const sensor = device('sensor', 'sensor', [property('TemperatureMeasurement.temperature', 21)]);

function world(): World {
  const it = emptyWorld();
  applySnapshot(it, snapshot([lamp, sensor]));
  return it;
}

const on: Change = {
  kind: 'property', device: 'id-lamp', endpoint: 1, capability: 'OnOff', property: 'on_off',
  reported: { value: true, at: '2026-11-23T08:43:00Z', stale: false }, desired: null,
};

describe('a snapshot', () => {
  it('replaces what was there', () => {
    const it_ = world();
    applySnapshot(it_, { ...snapshot([sensor]), epoch: 2, seq: 3 });
    expect([...it_.devices.keys()]).toEqual(['id-sensor']);
    expect([it_.epoch, it_.seq]).toEqual([2, 3]);
  });
});

describe('a delta', () => {
  it('changes one property and leaves every other object alone', () => {
    const it_ = world();
    expect(applyDelta(it_, { epoch: 1, seq: 11, changes: [on] })).toBe('applied');
    const next = it_.devices.get('id-lamp')!;
    expect(next).not.toBe(lamp);
    expect(next.capabilities[0]!.properties[0]!.reported!.value).toBe(true);
    expect(next.capabilities[1]).toBe(lamp.capabilities[1]);
    expect(it_.devices.get('id-sensor')).toBe(sensor);
    expect(lamp.capabilities[0]!.properties[0]!.reported!.value).toBe(false);
  });

  it('is ignored when it is old, of another epoch, or after a hole', () => {
    const it_ = world();
    expect(applyDelta(it_, { epoch: 1, seq: 10, changes: [on] })).toBe('old');
    expect(applyDelta(it_, { epoch: 2, seq: 11, changes: [on] })).toBe('hole');
    expect(applyDelta(it_, { epoch: 1, from: 13, seq: 14, changes: [on] })).toBe('hole');
    expect(it_.devices.get('id-lamp')).toBe(lamp);
    expect(applyDelta(it_, { epoch: 1, from: 9, seq: 14, changes: [on] })).toBe('applied');
  });

  it('moves the sequence on even for what it does not know', () => {
    const it_ = world();
    applyDelta(it_, { epoch: 1, seq: 11, changes: [{ kind: 'from_the_future' } as unknown as Change] });
    applyDelta(it_, { epoch: 1, seq: 12, changes: [{ ...on, device: 'nobody' }, { ...on, property: 'nothing' }] as Change[] });
    expect(it_.seq).toBe(12);
    expect(it_.devices.get('id-lamp')).toBe(lamp);
  });

  it('adds, removes and marks devices', () => {
    const it_ = world();
    applyDelta(it_, {
      epoch: 1, seq: 11,
      changes: [
        { kind: 'device', device: device('plug', 'outlet', []) },
        { kind: 'device_removed', device: 'id-sensor' },
        { kind: 'connectivity', device: 'id-lamp', connectivity: 'offline', connectivity_since: 'x', connectivity_reason: 'gone', last_seen: 'y' },
      ],
    });
    expect([...it_.devices.keys()].sort()).toEqual(['id-lamp', 'id-plug']);
    expect(it_.devices.get('id-lamp')).toMatchObject({ connectivity: 'offline', connectivity_reason: 'gone' });
  });

  it('tells of wishes that ended, not of those under way', () => {
    const ended: string[] = [];
    const wish = (id: string, state: Wish['state']) => ({ kind: 'wish', wish: { id, state } as Wish }) as Change;
    applyDelta(world(), { epoch: 1, seq: 11, changes: [wish('a', 'pending'), wish('b', 'reached'), wish('c', 'timed_out')] }, (it_) => ended.push(it_.id));
    expect(ended).toEqual(['b', 'c']);
  });

  it('keeps a bounded number of events, newest first', () => {
    const it_ = world();
    for (let i = 0; i < KEPT_EVENTS + 20; i++) {
      applyDelta(it_, { epoch: 1, seq: 11 + i, changes: [{ kind: 'event', event: { epoch: 1, seq: 11 + i, at: '', kind: 'x', device: null, property: null, text: `${i}`, cause: null } }] });
    }
    expect(it_.events).toHaveLength(KEPT_EVENTS);
    expect(it_.events[0]!.text).toBe(String(KEPT_EVENTS + 19));
  });
});

describe('found things', () => {
  it('are kept true by changes, also while an answer is on its way', () => {
    const it_ = world();
    const ask = () => it_.touched.clear();
    ask();
    applyFound(it_, [discovery('plug'), discovery('printer')]);
    expect([...it_.found.keys()]).toEqual(['plug', 'printer']);
    ask();
    applyDelta(it_, {
      epoch: 1, seq: 11,
      changes: [
        { kind: 'discovery', discovery: discovery('printer', { presence: 'offline' }) },
        { kind: 'discovery', discovery: discovery('phone') },
        { kind: 'discovery_removed', discovery: 'plug' },
      ],
    });
    // The answer is from before that.
    applyFound(it_, [discovery('plug'), discovery('printer'), discovery('camera')]);
    expect([...it_.found.keys()].sort()).toEqual(['camera', 'phone', 'printer']);
    expect(it_.found.get('printer')!.presence).toBe('offline');
    ask();
    applyFound(it_, [discovery('camera')]);
    expect([...it_.found.keys()]).toEqual(['camera']);
  });
});
