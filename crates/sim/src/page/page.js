// The page: asks for the whole state each second and shows it; every button is one request.
import { card, el, text } from './device.js';

const by = (id) => document.getElementById(id);
const cards = new Map();
let built = '';
let areas = new Map();
let errorTimer;

async function send(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) {
      const { error } = await answer.json();
      complain(`${error.message}. Expected: ${error.expected}.`);
    }
  } catch {
    by('lost').hidden = false;
  }
  await look();
}

function complain(message) {
  text(by('error'), message);
  by('error').hidden = false;
  clearTimeout(errorTimer);
  errorTimer = setTimeout(() => { by('error').hidden = true; }, 8000);
}

const PACES = [[0, 'Pause'], [1, '1×'], [10, '10×'], [60, '60×'], [600, '600×'], [3600, '3600×']];
const STEPS = [[60, '+1 min'], [3600, '+1 h'], [86400, '+1 day']];
const paces = PACES.map(([pace, title]) => {
  const node = el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => send('PUT', '/api/clock', { pace }) }, title);
  by('paces').append(node);
  return { pace, node };
});
for (const [seconds, title] of STEPS) {
  by('paces').append(el('button', { type: 'button', onclick: () => send('POST', '/api/clock/step', { seconds }) }, title));
}
const events = [['storm', 'Storm'], ['heat_wave', 'Heat wave'], ['frost', 'Frost'], ['clear', 'Back to normal']].map(([event, title]) => {
  const node = el('button', { type: 'button', className: 'small', onclick: () => send('POST', '/api/weather', { event }) }, title);
  by('events').append(node);
  return { event, node };
});
let cut = false;
by('cut').addEventListener('click', () => send('POST', '/api/power', { cut: !cut }));
by('search').addEventListener('input', filter);

function filter() {
  const wanted = by('search').value.trim().toLowerCase();
  for (const entry of cards.values()) entry.node.hidden = wanted !== '' && !entry.words.includes(wanted);
  for (const room of by('rooms').children) room.hidden = ![...room.querySelectorAll('.device')].some((node) => !node.hidden);
}

/** Builds what only changes with the house: the map and the cards. */
function build({ house, devices }) {
  cards.clear();
  areas = new Map();
  const map = [];
  const floors = [...house.floors].sort((a, b) => b.level - a.level);
  const groups = floors.map((floor) => [floor.name, house.areas.filter((area) => area.floor === floor.slug)]);
  groups.push(['Elsewhere', house.areas.filter((area) => !house.floors.some((floor) => floor.slug === area.floor))]);
  for (const [name, inside] of groups) {
    if (!inside.length) continue;
    const grid = el('div', { className: 'floor' });
    for (const area of inside) {
      const parts = { big: el('span', { className: 'big' }), who: el('span', { className: 'who' }), more: el('span', { className: 'soft' }) };
      const node = el('button', { type: 'button', className: `area${area.outside ? ' out' : ''}`, onclick: () => {
        const room = by(`room-${area.slug}`);
        if (room) { room.scrollIntoView({ block: 'start' }); room.querySelector('summary')?.focus(); }
      } }, el('span', { className: 'soft' }, area.name), parts.big, parts.who, parts.more);
      areas.set(area.slug, { node, ...parts });
      grid.append(node);
    }
    map.push(el('h3', {}, name), grid);
  }
  by('map').replaceChildren(...map);
  const rooms = [];
  for (const area of [...house.areas, { slug: null, name: 'Everywhere' }]) {
    const inside = devices.filter((device) => device.area === area.slug);
    if (!inside.length) continue;
    const grid = el('div', { className: 'grid' });
    for (const device of inside) {
      const entry = card(device, send);
      cards.set(device.slug, entry);
      grid.append(entry.node);
    }
    rooms.push(el('div', { id: `room-${area.slug}` }, el('h3', {}, area.name), grid));
  }
  by('rooms').replaceChildren(...rooms);
  text(by('name'), house.name);
  document.title = `${house.name} · simulator`;
}

const words = (word) => String(word).replaceAll('_', ' ');

function show(state) {
  const { house, clock, devices, log } = state;
  const shape = JSON.stringify([house.name, devices.map((device) => device.slug)]);
  if (shape !== built) { build(state); built = shape; filter(); }
  const [date, time] = clock.local.split(', ');
  text(by('time'), time);
  text(by('date'), date + (clock.held ? ' · held at 1×' : ''));
  for (const { pace, node } of paces) node.setAttribute('aria-pressed', String(pace === clock.pace));
  const home = house.people.filter((person) => person.home);
  const asleep = home.filter((person) => person.asleep).length;
  text(by('saying'), home.length === 0 ? 'Nobody is home.' : asleep === home.length ? 'Everybody at home is asleep.' : `${home.map((person) => person.name).join(', ')} ${home.length === 1 ? 'is' : 'are'} home.`);
  const { weather, electricity } = house;
  text(by('sky'), `${words(weather.condition)}, ${weather.temperature} °C`);
  text(by('sky-more'), `Wind ${weather.wind} m/s · rain ${weather.rain} mm/h · humidity ${weather.humidity} % · sun ${weather.sun_elevation}°`);
  for (const { event, node } of events) if (event !== 'clear') node.setAttribute('aria-pressed', String(weather.event === event));
  cut = electricity.cut;
  const watts = electricity.grid_power;
  text(by('grid'), !electricity.supplied ? 'The mains are dead' : !electricity.grid ? 'Off the grid' : watts >= 0 ? `${watts.toLocaleString('en')} W from the grid` : `${(-watts).toLocaleString('en')} W into the grid`);
  text(by('grid-more'), cut ? 'The public grid is cut.' : electricity.grid ? 'The public grid is there.' : 'Sun, battery and generator carry the house.');
  text(by('cut'), cut ? 'Give the power back' : 'Cut the power');
  by('cut').hidden = !electricity.grid;
  people(house);
  for (const area of house.areas) {
    const parts = areas.get(area.slug);
    if (!parts) continue;
    text(parts.big, `${area.temperature} °C`);
    text(parts.who, area.people.join(', '));
    const more = area.outside ? [words(weather.condition)] : [`${area.humidity} %`, `${area.co2} ppm`, `${area.lux} lx`];
    if (area.open && !area.outside) more.push('open');
    if (area.leak) more.push('LEAK');
    if (area.smoke) more.push('SMOKE');
    text(parts.more, more.join(' · '));
    parts.node.classList.toggle('alarm', area.leak || area.smoke);
  }
  for (const device of devices) cards.get(device.slug)?.update(device);
  history(log);
}

function people(house) {
  const list = by('people');
  if (list.children.length !== house.people.length) {
    list.replaceChildren(...house.people.map(() => el('li', {}, el('span'), el('button', { type: 'button', className: 'small' }))));
  }
  house.people.forEach((person, index) => {
    const [label, button] = list.children[index].children;
    const where = house.areas.find((area) => area.slug === person.area);
    text(label, `${person.name}: ${person.home ? `${where?.name ?? 'home'}${person.asleep ? ', asleep' : ''}` : 'away'}`);
    text(button, person.home ? 'Send away' : 'Call home');
    button.onclick = () => send('POST', `/api/people/${person.slug}/${person.home ? 'leave' : 'come'}`);
  });
}

let newest = '';
function history(log) {
  const mark = JSON.stringify(log[0] ?? null) + log.length;
  if (mark === newest) return;
  newest = mark;
  by('log').replaceChildren(...log.map((entry) => {
    const device = entry.device ? cards.get(entry.device)?.node.querySelector('strong')?.textContent ?? entry.device : '';
    return el('li', {}, el('time', { dateTime: entry.at }, entry.local), el('span', {}, device ? `${device}: ${entry.what}` : entry.what));
  }));
}

async function look() {
  try {
    const answer = await fetch('/api/state');
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    by('lost').hidden = true;
  } catch {
    by('lost').hidden = false;
  }
}

// One question at a time: a slow answer must not be overtaken by the next.
async function live() {
  await look();
  setTimeout(live, document.hidden ? 5000 : 1000);
}
live();
