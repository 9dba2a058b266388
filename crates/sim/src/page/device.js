// One device as a card: its values, each of them settable, and what can befall it.

/** Makes an element with properties and children; text only ever goes in as text. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key in node && !key.startsWith('aria')) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** Sets a text only where it changed, so that nothing flickers and a selection stays. */
export function text(node, value) {
  const shown = String(value ?? '');
  if (node.textContent !== shown) node.textContent = shown;
}

const words = (word) => String(word).replaceAll('_', ' ');

function show(value, field) {
  if (value === true) return 'on';
  if (value === false) return 'off';
  if (typeof value === 'number') return `${value.toLocaleString('en', { maximumFractionDigits: 2 })}${field?.unit ? ` ${field.unit}` : ''}`;
  return words(value);
}

/** What a card says in one word. */
const MAIN = ['on_off', 'lock_state', 'alarm_state', 'local_temperature', 'temperature', 'playback_state', 'open', 'occupied', 'leak', 'smoke', 'home', 'co2', 'state', 'position', 'power', 'battery', 'text'];

function headline(device) {
  const name = MAIN.find((known) => known in device.state);
  if (!name) return '';
  const value = device.state[name];
  if (name === 'open') return value ? 'open' : 'closed';
  if (name === 'home') return value ? 'at home' : 'away';
  if (name === 'occupied') return value ? 'somebody' : 'nobody';
  if (name === 'leak' || name === 'smoke') return value ? name : `no ${name}`;
  return show(value, device.settable.find((field) => field.name === name));
}

function control(device, field, send) {
  const set = (value) => send('PUT', `/api/devices/${device.slug}`, { [field.name]: value });
  const label = `${field.title} of ${device.name}`;
  if (field.type === 'bool') {
    const button = el('button', { type: 'button', 'aria-label': label });
    button.addEventListener('click', () => set(button.dataset.value !== 'true'));
    return { node: button, update: (value) => {
      button.dataset.value = String(value);
      button.setAttribute('aria-pressed', String(value));
      text(button, show(value));
    } };
  }
  if (field.type === 'enum') {
    const select = el('select', { 'aria-label': label, onchange: () => set(select.value) });
    for (const value of field.values) select.append(el('option', { value }, words(value)));
    return { node: select, update: (value) => { if (document.activeElement !== select) select.value = value; } };
  }
  const number = field.type === 'number';
  const input = el('input', { type: number ? 'number' : 'text', 'aria-label': label });
  if (number) {
    input.step = 'any';
    if (field.min != null) input.min = field.min;
    if (field.max != null) input.max = field.max;
  }
  input.addEventListener('change', () => { if (input.value !== '' || !number) set(number ? Number(input.value) : input.value); });
  input.addEventListener('keydown', (event) => { if (event.key === 'Enter') input.blur(); });
  return { node: input, update: (value) => { if (document.activeElement !== input) input.value = String(value); } };
}

/** A card; `update` takes the device as it is now. */
export function card(device, send) {
  const now = el('span', { className: 'now' });
  const flags = el('span', { className: 'flags' });
  const summary = el('summary', {}, el('strong', {}, device.name), now, flags);
  const values = el('div', { className: 'values' });
  const fields = device.settable.map((field) => {
    const { node, update } = control(device, field, send);
    const row = el('div', { className: 'value' }, el('span', {}, field.title + (field.unit ? ` (${field.unit})` : '')), node);
    values.append(row);
    return { name: field.name, row, update };
  });
  const post = (what, body) => send('POST', `/api/devices/${device.slug}/${what}`, body);
  const button = (title, act) => el('button', { type: 'button', className: 'small', onclick: act }, title);
  const row = el('div', { className: 'row' });
  for (const action of device.actions) {
    row.append(button(action.title, () => send('PUT', `/api/devices/${device.slug}`, { [action.name]: action.value ?? true })));
  }
  let plugged = true;
  const plug = button('Unplug', () => post(plugged ? 'unplug' : 'plug'));
  row.append(plug);
  if (device.battery !== null) row.append(button('Drain battery', () => post('drain')));
  for (const how of ['stuck', 'impossible', 'silent']) row.append(button(`Break: ${how}`, () => post('break', { how })));
  if ('leak' in device.state) row.append(button('Spring a leak', () => post('leak')));
  if ('smoke' in device.state) row.append(button('Make smoke', () => post('smoke')));
  row.append(button('Mend', () => post('mend')));
  const node = el('details', { className: 'device' }, summary, values, row);
  return {
    node,
    words: [device.name, device.slug, device.kind, ...device.aliases].join(' ').toLowerCase(),
    update(device) {
      plugged = device.plugged;
      text(plug, plugged ? 'Unplug' : 'Plug in');
      text(now, headline(device));
      const bad = [];
      if (!device.plugged) bad.push('unplugged');
      else if (!device.online) bad.push('offline');
      if (device.broken) bad.push(`broken: ${device.broken}`);
      if (device.held.length) bad.push('pinned by hand');
      const calm = [words(device.kind)];
      if (Math.abs(device.watts) >= 1) calm.push(`${Math.round(device.watts)} W`);
      if (device.battery !== null) calm.push(`battery ${Math.round(device.battery)} %`);
      text(flags, [...bad, ...calm].join(' · '));
      flags.classList.toggle('bad', bad.length > 0);
      const { state } = device;
      node.classList.toggle('on', state.on_off === true || state.playback_state === 'playing');
      node.classList.toggle('off', !device.online);
      for (const field of fields) {
        field.update(state[field.name]);
        field.row.classList.toggle('pinned', device.held.includes(field.name));
      }
    },
  };
}
