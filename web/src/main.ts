import { mount } from 'svelte';
import App from './App.svelte';
import { live } from './lib/live/house.svelte';
import { router } from './lib/router.svelte';
import { session } from './lib/session.svelte';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app')!;
await session.load();
if (session.state?.me && location.pathname === '/authorize') {
  // A program asks: nothing else of the house is on the page, and nothing is in the way of a no.
  const { default: Authorize } = await import('./pages/authorize/Authorize.svelte');
  mount(Authorize, { target });
} else if (session.state?.me) {
  router.start();
  live.start();
  mount(App, { target });
} else {
  // Nothing of the house is asked for before somebody is let in.
  const { default: Door } = await import('./pages/door/Door.svelte');
  mount(Door, { target });
}
