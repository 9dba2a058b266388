import { expect, it } from 'vitest';
import { device, property } from '../live/testing';
import { kindOf, leftOver, texts, typed, writeTexts } from './cards';
import { faultsAt, faultsElsewhere, fieldOf } from './faults';
import { meant, named, offered, propertyOf } from './target';
import type { Area } from '../wire';

it('knows each written part by its head', () => {
  expect(kindOf('when', { sun: 'sunset', offset: '-20min' })?.head).toBe('sun');
  expect(kindOf('when', { property: 'OnOff.on_off', for: '5min' })?.head).toBe('property');
  expect(kindOf('if', { before: '22:00' })?.head).toBe('after');
  expect(kindOf('if', { not: [{ sun: 'up' }] })?.head).toBe('not');
  expect(kindOf('then', { repeat: 3, while: [], steps: [] })?.head).toBe('repeat');
  expect(kindOf('then', { if: [], then: [] })?.head).toBe('if');
  expect(kindOf('then', { builtin: 'switch_off_standby' })).toBeNull();
  expect(kindOf('then', {})).toBeNull();
});

it('says what a card does not ask for, so that nothing is lost unseen', () => {
  const part = { do: 'turn_on', device: 'lamp', delay: '1min', colour: 'red' };
  expect(leftOver(kindOf('then', part)!, part)).toEqual(['colour']);
});

it('takes figures for figures and the rest for text', () => {
  expect(['21', '21,5', 'true', '70 °F', '$brightness', ' '].map(typed)).toEqual([21, 21.5, true, '70 °F', '$brightness', '']);
});

it('writes a list as short as it can be', () => {
  const part: Record<string, unknown> = { device: 'a' };
  expect(texts(part, 'device', 'devices')).toEqual(['a']);
  writeTexts(part, 'device', 'devices', ['a', 'b']);
  expect(part).toEqual({ devices: ['a', 'b'] });
  writeTexts(part, 'device', 'devices', []);
  expect(part).toEqual({});
});

it('lays faults beside the card that they belong to, the innermost one', () => {
  const fault = (path: string) => ({ path, message: '', expected: '' });
  const all = [fault('then[1].value'), fault('then[1].else[0].do'), fault('then[10].do'), fault('name'), fault('then')];
  expect(faultsAt(all, 'then[1]', ['then[1].else']).map((it) => it.path)).toEqual(['then[1].value']);
  expect(faultsAt(all, 'then[1].else[0]').map((it) => fieldOf(it.path, 'then[1].else[0]'))).toEqual(['do']);
  expect(faultsElsewhere(all).map((it) => it.path)).toEqual(['name']);
});

const hall = { id: 'id-hall', slug: 'hall', name: 'Hall', floor: null, neighbours: [] } as Area;
const lamp = device('hall_lamp', 'light', [property('OnOff.on_off', true, { writable: true }), property('LevelControl.current_level', 40, { writable: true })], { area: hall, aliases: ['the light'] });
const sensor = device('porch', 'sensor', [property('TemperatureMeasurement.temperature', 4)]);
const places = { devices: [lamp, sensor], areas: [hall], floors: [] };

it('finds a device by its name in a stream of devices', () => {
  expect(named(new Map([[lamp.id, lamp]]).values(), 'hall LAMP')?.slug).toBe('hall_lamp');
});

it('finds the devices that are meant by slug, alias or name, by kind and by room', () => {
  const names = (part: Record<string, unknown>) => meant(part, places).map((it) => it.slug);
  expect(names({ device: 'hall_lamp' })).toEqual(['hall_lamp']);
  expect(names({ device: 'the light' })).toEqual(['hall_lamp']);
  expect(names({ devices: ['Hall lamp', 'porch'] })).toEqual(['hall_lamp', 'porch']);
  expect(names({ area: 'Hall' })).toEqual(['hall_lamp']);
  expect(names({ kind: 'sensor' })).toEqual(['porch']);
  expect(names({ everything: true, except: ['porch'] })).toEqual(['hall_lamp']);
  expect(names({ device: 'nobody' })).toEqual([]);
});

it('offers what those devices have', () => {
  expect(offered([lamp, sensor], true).map((it) => it.path)).toEqual(['LevelControl.current_level', 'OnOff.on_off']);
  expect(propertyOf([lamp], '1:onoff.on_off')?.path).toBe('OnOff.on_off');
  expect(propertyOf([lamp], 'Thermostat.mode')).toBeNull();
});
