// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import { parse } from './router.svelte';

it('knows its addresses', () => {
  expect(parse('/')).toEqual({ page: 'home' });
  expect(parse('/devices')).toEqual({ page: 'devices' });
  expect(parse('/devices/main_thermostat')).toEqual({ page: 'device', slug: 'main_thermostat' });
  expect(parse('/devices/%E0%A4%A')).toEqual({ page: 'missing' });
  expect(parse('/settings/what')).toEqual({ page: 'missing' });
});
