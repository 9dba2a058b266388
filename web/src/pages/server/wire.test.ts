import { expect, it } from 'vitest';
import { bytes, inUnit, ms, span } from './wire';

it('writes sizes, spans and paces as people do', () => {
  expect([null, 12, 1400, 312_000_000, 2.5e9].map(bytes)).toEqual(['unknown', '12 B', '1.4 kB', '312 MB', '2.5 GB']);
  expect([59, 720, 7260, 273_600].map(span)).toEqual(['0 min', '12 min', '2 h 1 min', '3 d 4 h']);
  expect([null, 0.42, 37.4, 2300].map(ms)).toEqual(['–', '0.4 ms', '37 ms', '2.3 s']);
  expect([inUnit(null, 'bytes'), inUnit(5, 'devices')]).toEqual(['unknown', '5 devices']);
});
