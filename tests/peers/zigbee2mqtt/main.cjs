// Seeds the data folder, starts zigbee2mqtt on the faked radio, and obeys standard input.

const fs = require("node:fs");
const path = require("node:path");

const { COORDINATOR, table, say, obey, hello } = require("./radio.cjs");

function setting(name, fallback) {
  const value = process.env[name] ?? fallback;
  if (value === undefined) {
    process.stderr.write(`${name} is not set\n`);
    process.exit(2);
  }
  return value;
}

const folder = path.resolve(setting("DATA_DIR"));
const broker = new URL(setting("MQTT_URL"));
const baseTopic = setting("BASE_TOPIC", "zigbee2mqtt");
const mainsSeconds = Number(setting("OFFLINE_AFTER_S", "10"));
const batterySeconds = Number(setting("OFFLINE_AFTER_BATTERY_S", "3600"));

fs.mkdirSync(folder, { recursive: true });

// YAML is a superset of JSON, so JSON it is.
function configuration() {
  const availability = (seconds) => ({ timeout: seconds / 60, max_jitter: 0, backoff: false });
  const ours = table.filter(({ absent }) => !absent);
  return {
    version: 5,
    mqtt: {
      base_topic: baseTopic,
      server: `${broker.protocol}//${broker.host}`,
      ...(broker.username && { user: decodeURIComponent(broker.username), password: decodeURIComponent(broker.password) }),
    },
    serial: { adapter: "zstack", port: "/dev/null" },
    advanced: {
      log_level: setting("Z2M_LOG_LEVEL", "warning"),
      log_output: ["console"],
      channel: 11,
      pan_id: 6754,
      ext_pan_id: [221, 221, 221, 221, 221, 221, 221, 221],
      network_key: [11, 22, 33, 44, 55, 66, 77, 88, 99, 110, 121, 132, 143, 154, 165, 176],
    },
    homeassistant: { enabled: true },
    frontend: { enabled: false },
    availability: { enabled: true, active: { timeout: 10 }, passive: { timeout: 1500 } },
    ota: { disable_automatic_update_check: true },
    devices: Object.fromEntries(
      ours.map(({ ieee, name, type, options }) => [
        ieee,
        { friendly_name: name, availability: availability(type === "Router" ? mainsSeconds : batterySeconds), ...options },
      ]),
    ),
  };
}

function database() {
  const now = Date.now();
  const endpoints = (all, cached = {}) =>
    Object.fromEntries(
      Object.entries(all).map(([id, { profile, deviceId, input, output }]) => {
        const clusters = Object.fromEntries(Object.entries(cached).map(([name, attributes]) => [name, { attributes }]));
        return [id, { profId: profile, epId: Number(id), devId: deviceId, inClusterList: input, outClusterList: output, clusters, binds: [], configuredReportings: [], meta: {} }];
      }),
    );
  const rows = [
    {
      id: 1, type: "Coordinator", ieeeAddr: COORDINATOR, nwkAddr: 0, manufId: 0, epList: [1],
      endpoints: endpoints({ 1: { profile: 260, deviceId: 5, input: [], output: [] } }),
      interviewCompleted: true, interviewState: "SUCCESSFUL", meta: {}, lastSeen: null,
    },
  ];
  for (const device of table.filter(({ absent }) => !absent)) {
    const { genBasic } = device.attributes;
    rows.push({
      id: rows.length + 1, type: device.type, ieeeAddr: device.ieee, nwkAddr: device.nwk, manufId: device.makerCode, manufName: device.maker,
      powerSource: device.powerSource === 3 ? "Battery" : "Mains (single phase)", modelId: device.model,
      epList: Object.keys(device.endpoints).map(Number), endpoints: endpoints(device.endpoints, device.cached),
      appVersion: genBasic.appVersion, stackVersion: genBasic.stackVersion, hwVersion: genBasic.hwVersion, dateCode: genBasic.dateCode,
      zclVersion: genBasic.zclVersion, ...(device.build && { swBuildId: device.build }),
      interviewCompleted: true, interviewState: "SUCCESSFUL",
      // Set up long ago (by that version of the definition) and seen just now, as in a house that has been running.
      meta: { configured: device.configured ?? "0.0.0" }, lastSeen: now,
    });
  }
  return rows.map((row) => JSON.stringify(row)).join("\n");
}

function seed(name, make) {
  const file = path.join(folder, name);
  if (!fs.existsSync(file)) fs.writeFileSync(file, make());
}
seed("configuration.yaml", () => JSON.stringify(configuration(), null, 2));
seed("database.db", database);

Object.assign(process.env, {
  ZIGBEE2MQTT_DATA: folder,
  Z2M_ONBOARD_NO_SERVER: "1", // a faulty configuration ends the process instead of serving a page about it
  GIT_DIR: "/dev/null", // it asks git for the commit of the folder it runs in, and would rebuild itself for ours
});

async function one(line) {
  try {
    const order = JSON.parse(line);
    await obey(order);
    say({ done: order });
  } catch (error) {
    say({ error: error.message, line });
  }
}

/** Orders are done one after the other, once the network is up. */
function readOrders(up) {
  let done = up;
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines.filter((text) => text.trim())) done = done.then(() => one(line));
  });
  // Whoever held the other end of the pipe is gone: so are we, that no test leaves anything running.
  const input = fs.fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", () => process.kill(process.pid, "SIGTERM"));
}

async function main() {
  const began = performance.now();
  await require("zigbee2mqtt").start();
  await hello();
  const devices = table.map(({ name, ieee, absent }) => ({ name, ieee, ...(absent && { absent }) }));
  say({ ready: true, ms: Math.round(performance.now() - began), base_topic: baseTopic, devices });
}

const up = main();
readOrders(up);
up.catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
