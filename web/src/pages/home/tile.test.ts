import { describe, expect, it } from 'vitest';
import { device, property } from '../../lib/live/testing';
import { columns, rooms, type Room } from './rooms';
import { setNumber, tileFace } from './tile';

const w = { writable: true };

describe('a tile', () => {
  it('switches a lamp to the other state, and on when nothing is known', () => {
    const lamp = (on: boolean | null) => device('lamp', 'light', [property('OnOff.on_off', on, { ...w, type: 'boolean' })]);
    expect(tileFace(lamp(true)).tap).toMatchObject({ pressed: true, asked: { goal: false } });
    expect(tileFace(lamp(null))).toMatchObject({ words: 'Unknown', tap: { pressed: 'mixed', asked: { goal: true } } });
  });

  it('shows brightness only while the lamp is on', () => {
    const lamp = (on: boolean) => device('lamp', 'light', [property('OnOff.on_off', on, w), property('LevelControl.current_level', 62, w)]);
    expect(tileFace(lamp(true)).words).toBe('62 %');
    expect(tileFace(lamp(false)).words).toBe('Off');
    expect(setNumber(tileFace(lamp(true)).level!, 20)).toMatchObject({ command: 'set', args: { current_level: 20 } });
  });

  it('asks before it unlocks, not before it locks', () => {
    const lock = (state: string) => {
      const it_ = device('door', 'lock', [property('DoorLock.lock_state', state, { ...w, safety: 'never' })]);
      it_.capabilities[0]!.commands = [{ name: 'lock', title: 'Lock', args: [], safety: 'free' }, { name: 'unlock', title: 'Unlock', args: [], safety: 'never' }];
      return it_;
    };
    expect(tileFace(lock('locked')).tap!.asked.question).toBe('Unlock Door?');
    expect(tileFace(lock('unlocked')).tap!.asked).not.toHaveProperty('question');
  });

  it('takes a wish back that is still under way', () => {
    const { tap } = tileFace(device('lamp', 'light', [property('OnOff.on_off', false, w)]));
    expect(tap!.doing(true)).toBe('Turning on…');
    expect(tap!.back(true)).toMatchObject({ goal: false });
  });

  it('says the danger, whatever else the device knows', () => {
    const it_ = device('alarm', 'smoke', [property('SmokeCoAlarm.smoke', false), property('SmokeCoAlarm.carbon_monoxide', true)]);
    expect(tileFace(it_)).toMatchObject({ tone: 'bad', words: 'Carbon monoxide!' });
  });

  it('steps the setpoint of a thermostat unless it is off', () => {
    const it_ = (mode: string) =>
      device('t', 'thermostat', [property('Thermostat.heating_setpoint', 21.5, { ...w, step: 0.5 }), property('Thermostat.system_mode', mode)]);
    expect(tileFace(it_('heat')).stepper).toMatchObject({ step: 0.5 });
    expect(tileFace(it_('off'))).toMatchObject({ stepper: null, words: 'Off' });
  });

  it('shows what a sensor measures and has nothing to tap', () => {
    const it_ = device('s', 'sensor', [
      property('TemperatureMeasurement.temperature', 21.4, { unit: '°C' }), property('RelativeHumidityMeasurement.humidity', 44, { unit: '%' }),
    ]);
    expect(tileFace(it_)).toMatchObject({ words: '21.4° · 44 %', tap: null });
  });
});

describe('rooms', () => {
  it('take their air from sensors that answer, not from freezers', () => {
    const area = { id: 'a', slug: 'kitchen', name: 'Kitchen' };
    const of = (slug: string, kind: string, celsius: number, more = {}) =>
      device(slug, kind, [property('TemperatureMeasurement.temperature', celsius)], { area, ...more });
    const [kitchen] = rooms([of('a', 'sensor', 21), of('b', 'sensor', 22), of('c', 'appliance', -18), of('d', 'sensor', 5, { connectivity: 'offline' })], new Map(), new Map());
    expect(kitchen).toMatchObject({ name: 'Kitchen', temperature: 21.5, humidity: null });
  });

  it('are spread over the columns', () => {
    const room = (id: string, n: number): Room => ({ id, name: id, devices: Array.from({ length: n }, (_, i) => device(`${id}${i}`, 'light', [])), temperature: null, humidity: null });
    expect(columns([room('a', 8), room('b', 2), room('c', 2)], 2).map((it_) => it_.map((one) => one.id))).toEqual([['a'], ['b', 'c']]);
  });
});
