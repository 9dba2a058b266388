import { expect, it } from 'vitest';
import { waitBefore } from './socket';

it('waits longer each time, up to a bound, and never all at once', () => {
  expect(waitBefore(0, 1)).toBe(500);
  expect(waitBefore(2, 1)).toBe(2000);
  expect(waitBefore(30, 1)).toBe(10_000);
  expect(waitBefore(2, 0)).toBeLessThan(waitBefore(2, 1));
});
