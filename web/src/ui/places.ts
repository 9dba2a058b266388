/** The places of the house's page, in the order of the rail. */
import Automations from '@lucide/svelte/icons/workflow';
import Clock from '@lucide/svelte/icons/clock';
import Compass from '@lucide/svelte/icons/compass';
import Gear from '@lucide/svelte/icons/settings';
import Grid from '@lucide/svelte/icons/layout-grid';
import House from '@lucide/svelte/icons/house';
import Sparkles from '@lucide/svelte/icons/sparkles';
import Heart from '@lucide/svelte/icons/heart';
import Bubbles from '@lucide/svelte/icons/messages-square';
import Rest from '@lucide/svelte/icons/ellipsis';

export type Place = {
  page: string;
  href: string;
  name: string;
  /** A shorter word for the bar, where the name is long. */
  short?: string;
  about: string;
  Icon: typeof House;
  /** Whether the bar of a phone has room for it. */
  bar: boolean;
  /** Whether the rail shows it: not what only gathers what the bar leaves out. */
  rail: boolean;
};

export const places: Place[] = [
  { page: 'home', href: '/', name: 'Home', about: 'The house at a glance', Icon: House, bar: true, rail: true },
  { page: 'devices', href: '/devices', name: 'Devices', about: 'Every device', Icon: Grid, bar: true, rail: true },
  { page: 'discover', href: '/discover', name: 'Discover', about: 'What is there and not ours yet', Icon: Compass, bar: false, rail: true },
  { page: 'automations', href: '/automations', name: 'Automations', short: 'Rules', about: 'What happens by itself', Icon: Automations, bar: true, rail: true },
  { page: 'timeline', href: '/timeline', name: 'Timeline', about: 'Everything that happened, with its cause', Icon: Clock, bar: false, rail: true },
  { page: 'mood', href: '/mood', name: 'Mood', about: 'How I feel, and why', Icon: Heart, bar: false, rail: false },
  { page: 'memory', href: '/memory', name: 'Memory', about: 'What I have learnt and been told', Icon: Sparkles, bar: false, rail: true },
  { page: 'talk', href: '/talk', name: 'Conversations', about: 'What we talked about', Icon: Bubbles, bar: false, rail: false },
  { page: 'settings', href: '/settings', name: 'Settings', about: 'How the house runs', Icon: Gear, bar: false, rail: true },
  { page: 'more', href: '/more', name: 'More', about: '', Icon: Rest, bar: true, rail: false },
];

/** The place under which a page is found. */
export function placeOf(page: string): string {
  if (page === 'device') return 'devices';
  return ['scenario', 'editor', 'run', 'safety'].includes(page) ? 'automations' : page;
}
