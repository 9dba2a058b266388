// The devices that answer on the faked radio, as data: identity, endpoints, start values, and what a test may change.
//
// An attribute is written `name: value` when zigbee-herdsman's tables know it, or `0x4011: [type, value]` when they do
// not. `set` holds what a test can change, by the names the README lists: a function that gets the device and the value
// and speaks as the device would, with `report` (attribute report) or `send` (cluster command).

const HOME_AUTOMATION = 260;

/** Numbers that more than one place needs. */
const ENUM8 = 0x30;
const BOOLEAN = 0x10;
const DANFOSS = 4678;

const basic = (over = {}) => ({ zclVersion: 3, appVersion: 1, stackVersion: 2, hwVersion: 1, dateCode: "20240101", ...over });
const endpoint = (deviceId, input, output = []) => ({ profile: HOME_AUTOMATION, deviceId, input, output });
const halfPercent = (v) => Math.round(v * 2);
const hundredths = (v) => Math.round(v * 100);

// Aqara sends its battery voltage in a private structure, inside the basic cluster: tag, type, value.
const aqaraBattery = (device, millivolt) =>
  device.raw("genBasic", [0x01, 0xff, 0x42, 4, 0x01, 0x21, millivolt & 0xff, millivolt >> 8]);
// The converters map 2850 mV to 0 % and 3000 mV to 100 %.
const aqaraPercent = (device, percent) => aqaraBattery(device, Math.round(2850 + percent * 1.5));

const alarm = (device, bit, on) => {
  const status = (device.get("ssIasZone", "zoneStatus") & ~bit) | (on ? bit : 0);
  device.store("ssIasZone", { zoneStatus: status });
  device.send("ssIasZone", "statusChangeNotification", { zonestatus: status, extendedstatus: 0, zoneID: 0, delay: 0 });
};
const ALARM_1 = 1;
const BATTERY_LOW = 8;

const onOff = (device, on) => device.report("genOnOff", { onOff: on ? 1 : 0 });

const plugLoad = (device) => {
  const on = device.get("genOnOff", "onOff") === 1;
  const watts = on ? device.load : 0;
  device.report("haElectricalMeasurement", { activePower: watts, rmsCurrent: Math.round((watts / 230) * 1000), rmsVoltage: 230 });
};

module.exports = [
  {
    name: "living_room_lamp",
    nwk: 0x1001,
    ieee: "0x0017880100000001",
    type: "Router",
    maker: "Signify Netherlands B.V.",
    makerCode: 4107,
    model: "LCA001",
    powerSource: 1,
    build: "1.108.7",
    endpoints: { 11: endpoint(269, [0, 3, 4, 5, 6, 8, 768, 4096], [25]) },
    attributes: {
      genBasic: basic(),
      genOnOff: { onOff: 0, startUpOnOff: 1 },
      genLevelCtrl: { currentLevel: 128 },
      lightingColorCtrl: {
        currentX: 30146, currentY: 26870, colorTemperature: 370, colorMode: 2, enhancedColorMode: 2, options: 0,
        currentHue: 0, currentSaturation: 0, enhancedCurrentHue: 0,
        colorCapabilities: 31, colorTempPhysicalMin: 153, colorTempPhysicalMax: 500, startUpColorTemperature: 366,
      },
    },
    // Somebody used the wall switch or the maker's own remote: the lamp tells of it unasked.
    set: {
      state: onOff,
      brightness: (device, level) => device.report("genLevelCtrl", { currentLevel: level }),
      color_temp: (device, mired) => device.report("lightingColorCtrl", { colorMode: 2, colorTemperature: mired }),
    },
    hello: { state: false, brightness: 128, color_temp: 370 },
  },
  {
    name: "kitchen_plug",
    nwk: 0x1002,
    ieee: "0xa4c1380000000002",
    type: "Router",
    maker: "_TZ3000_cphmq0q7",
    makerCode: 4098,
    model: "TS011F",
    configured: "0.0.1",
    powerSource: 1,
    endpoints: { 1: endpoint(266, [0, 3, 4, 5, 6, 1794, 2820, 57344, 57345], [10, 25]) },
    attributes: {
      genBasic: basic({ appVersion: 77, 0xfffe: [ENUM8, 0] }),
      genOnOff: { onOff: 1, 0x8001: [ENUM8, 1], 0x8002: [ENUM8, 2], 0x8000: [BOOLEAN, 0], onTime: 0 },
      seMetering: { currentSummDelivered: 1234, multiplier: 1, divisor: 100 },
      haElectricalMeasurement: {
        activePower: 42, rmsCurrent: 183, rmsVoltage: 230,
        acVoltageMultiplier: 1, acVoltageDivisor: 1, acCurrentMultiplier: 1, acCurrentDivisor: 1000, acPowerMultiplier: 1, acPowerDivisor: 1,
      },
    },
    // What these plugs take for granted once they have been set up.
    cached: {
      seMetering: { multiplier: 1, divisor: 100 },
      haElectricalMeasurement: { acCurrentMultiplier: 1, acCurrentDivisor: 1000 },
    },
    start: (device) => { device.load = 42; },
    changed: (device, cluster) => { if (cluster === "genOnOff") plugLoad(device); },
    set: {
      state: (device, on) => { onOff(device, on); plugLoad(device); },
      power: (device, watts) => { device.load = watts; plugLoad(device); },
      energy: (device, kwh) => device.report("seMetering", { currentSummDelivered: hundredths(kwh) }),
    },
    hello: { state: true, energy: 12.34 },
  },
  {
    name: "bathroom_climate",
    nwk: 0x2001,
    ieee: "0x00158d0000000003",
    type: "EndDevice",
    maker: "LUMI",
    makerCode: 4151,
    model: "lumi.weather",
    powerSource: 3,
    endpoints: { 1: endpoint(24321, [0, 3, 1026, 1027, 1029, 65535], [0, 4, 65535]) },
    attributes: {
      genBasic: basic(),
      msTemperatureMeasurement: { measuredValue: 2150 },
      msRelativeHumidity: { measuredValue: 4510 },
      msPressureMeasurement: { measuredValue: 1013, scale: -1, scaledValue: 10132 },
    },
    set: {
      temperature: (device, celsius) => device.report("msTemperatureMeasurement", { measuredValue: hundredths(celsius) }),
      humidity: (device, percent) => device.report("msRelativeHumidity", { measuredValue: hundredths(percent) }),
      pressure: (device, hpa) =>
        device.report("msPressureMeasurement", { measuredValue: Math.round(hpa), scale: -1, scaledValue: Math.round(hpa * 10) }),
      battery: aqaraPercent,
    },
    hello: { temperature: 21.5, humidity: 45.1, pressure: 1013.2, battery: 90 },
  },
  {
    name: "front_door_contact",
    nwk: 0x2002,
    ieee: "0x00124b0000000004",
    type: "EndDevice",
    maker: "eWeLink",
    makerCode: 0,
    model: "SNZB-04",
    powerSource: 3,
    endpoints: { 1: endpoint(1026, [0, 3, 1280, 1], [3]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 200, batteryVoltage: 30 },
      ssIasZone: { zoneStatus: 0, zoneState: 1, zoneType: 21, iasCieAddr: "0x00124b00120144ae" },
    },
    set: {
      open: (device, open) => alarm(device, ALARM_1, open),
      battery: (device, percent) => device.report("genPowerCfg", { batteryPercentageRemaining: halfPercent(percent) }),
      battery_low: (device, low) => alarm(device, BATTERY_LOW, low),
    },
    hello: { open: false, battery: 100 },
  },
  {
    name: "bedroom_blind",
    nwk: 0x2003,
    ieee: "0x680ae20000000005",
    type: "EndDevice",
    maker: "IKEA of Sweden",
    makerCode: 4476,
    model: "FYRTUR block-out roller blind",
    powerSource: 3,
    build: "24.4.11",
    endpoints: { 1: endpoint(514, [0, 1, 3, 4, 5, 32, 258, 4096], [25, 4096]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 168 },
      genPollCtrl: { checkinInterval: 14400, longPollInterval: 24, shortPollInterval: 2, fastPollTimeout: 40 },
      closuresWindowCovering: { currentPositionLiftPercentage: 0, windowCoveringType: 0, configStatus: 3, windowCoveringMode: 0 },
    },
    set: {
      position: (device, open) => device.report("closuresWindowCovering", { currentPositionLiftPercentage: 100 - open }),
      battery: (device, percent) => device.report("genPowerCfg", { batteryPercentageRemaining: halfPercent(percent) }),
    },
    hello: { position: 100, battery: 84 },
  },
  {
    name: "bedroom_radiator",
    nwk: 0x2004,
    ieee: "0x847127fffe000006",
    type: "EndDevice",
    maker: "Danfoss",
    makerCode: DANFOSS,
    model: "eTRV0100",
    powerSource: 3,
    build: "1.20",
    endpoints: { 1: endpoint(769, [0, 1, 3, 10, 32, 513, 516, 2821], [0, 25]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 150 },
      genPollCtrl: { checkinInterval: 14400, longPollInterval: 24, shortPollInterval: 2, fastPollTimeout: 40 },
      hvacThermostat: {
        localTemp: 1980, occupiedHeatingSetpoint: 2000, pIHeatingDemand: 25, systemMode: 4, 0x4031: [BOOLEAN, 1],
        programingOperMode: 0, maxHeatSetpointLimit: 3500, minHeatSetpointLimit: 500, ctrlSeqeOfOper: 2, localTemperatureCalibration: 0,
        absMaxHeatSetpointLimit: 3500, absMinHeatSetpointLimit: 500, setpointChangeSource: 0,
      },
      hvacUserInterfaceCfg: { keypadLockout: 0 },
    },
    set: {
      local_temperature: (device, celsius) => device.report("hvacThermostat", { localTemp: hundredths(celsius) }),
      // The knob on the valve itself.
      setpoint: (device, celsius) => device.report("hvacThermostat", { occupiedHeatingSetpoint: hundredths(celsius) }),
      demand: (device, percent) => {
        device.report("hvacThermostat", { pIHeatingDemand: percent });
        // Whether it asks for heat is an attribute of the maker's own.
        device.report("hvacThermostat", { 0x4031: [BOOLEAN, percent > 0 ? 1 : 0] }, DANFOSS);
      },
      mode: (device, mode) => device.report("hvacThermostat", { systemMode: { off: 0, heat: 4 }[mode] }),
      battery: (device, percent) => device.report("genPowerCfg", { batteryPercentageRemaining: halfPercent(percent) }),
    },
    hello: { local_temperature: 19.8, setpoint: 20, demand: 25, mode: "heat", battery: 75 },
  },
  {
    name: "front_door_lock",
    nwk: 0x2005,
    ieee: "0x000b57fffe000007",
    type: "EndDevice",
    maker: "Danalock",
    makerCode: 4371,
    model: "V3-BTZBE",
    powerSource: 3,
    endpoints: { 1: endpoint(10, [0, 1, 3, 4, 5, 10, 257], [25]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 190 },
      closuresDoorLock: { lockState: 1, lockType: 0, actuatorEnabled: 1 },
    },
    set: {
      locked: (device, locked) => device.report("closuresDoorLock", { lockState: locked ? 1 : 2 }),
      battery: (device, percent) => device.report("genPowerCfg", { batteryPercentageRemaining: halfPercent(percent) }),
    },
    hello: { locked: true, battery: 95 },
  },
  {
    name: "laundry_leak",
    nwk: 0x2006,
    ieee: "0x00158d0000000008",
    type: "EndDevice",
    maker: "LUMI",
    makerCode: 4151,
    model: "lumi.sensor_wleak.aq1",
    powerSource: 3,
    endpoints: { 1: endpoint(1026, [0, 3, 1, 1280], [25]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 200 },
      ssIasZone: { zoneStatus: 0, zoneState: 1, zoneType: 42, iasCieAddr: "0x00124b00120144ae" },
    },
    set: { leak: (device, wet) => alarm(device, ALARM_1, wet), battery: aqaraPercent },
    hello: { leak: false, battery: 100 },
  },
  {
    // A name as people really give it: with a slash, which makes another level in the topic.
    name: "hall/motion",
    nwk: 0x2007,
    ieee: "0x00158d0000000009",
    type: "EndDevice",
    maker: "LUMI",
    makerCode: 4151,
    model: "lumi.sensor_motion.aq2",
    powerSource: 3,
    endpoints: { 1: endpoint(263, [0, 65535, 1030, 1024, 1280, 1, 3], [0, 25]) },
    attributes: { genBasic: basic(), msOccupancySensing: { occupancy: 0 }, msIlluminanceMeasurement: { measuredValue: 120 } },
    options: { occupancy_timeout: 5 },
    set: {
      // The sensor never says that a room is empty: zigbee2mqtt concludes it after a time of its own.
      motion: (device) => device.report("msOccupancySensing", { occupancy: 1 }),
      illuminance: (device, lux) => device.report("msIlluminanceMeasurement", { measuredValue: lux }),
      battery: aqaraPercent,
    },
    hello: { illuminance: 120, battery: 80 },
  },
  {
    // A name with spaces and a letter beyond ASCII, for the same reason.
    name: "Büro wall switch",
    nwk: 0x2008,
    ieee: "0x000d6f000000000a",
    type: "EndDevice",
    maker: "IKEA of Sweden",
    makerCode: 4476,
    model: "TRADFRI on/off switch",
    powerSource: 3,
    build: "24.4.6",
    endpoints: { 1: endpoint(2080, [0, 1, 3, 32, 4096], [3, 4, 6, 8, 25, 258, 4096]) },
    attributes: {
      genBasic: basic(),
      genPowerCfg: { batteryPercentageRemaining: 174 },
      genPollCtrl: { checkinInterval: 14400, longPollInterval: 24, shortPollInterval: 2, fastPollTimeout: 40 },
    },
    set: {
      press: (device, key) => device.press("genOnOff", key, {}),
      hold: (device, key) =>
        key === "on"
          ? device.press("genLevelCtrl", "moveWithOnOff", { movemode: 0, rate: 83 })
          : device.press("genLevelCtrl", "move", { movemode: 1, rate: 83, optionsMask: 0, optionsOverride: 0 }),
      release: (device) => device.press("genLevelCtrl", "stopWithOnOff", {}),
      battery: (device, percent) => device.report("genPowerCfg", { batteryPercentageRemaining: halfPercent(percent) }),
    },
    hello: { battery: 87 },
  },
  {
    // Not in the network when the bench starts: {"device":"spare_bulb","join":true} pairs it, interview and all.
    name: "spare_bulb",
    absent: true,
    nwk: 0x1003,
    ieee: "0x680ae2000000000b",
    type: "Router",
    maker: "IKEA of Sweden",
    makerCode: 4476,
    model: "TRADFRI bulb E27 WW 806lm",
    powerSource: 1,
    build: "2.3.095",
    endpoints: { 1: endpoint(257, [0, 3, 4, 5, 6, 8, 4096], [5, 25, 32, 4096]) },
    attributes: {
      genBasic: basic(),
      genOnOff: { onOff: 0, startUpOnOff: 255 },
      genLevelCtrl: { currentLevel: 254, options: 0, onLevel: 255, startUpCurrentLevel: 255, onOffTransitionTime: 0 },
    },
    set: { state: onOff, brightness: (device, level) => device.report("genLevelCtrl", { currentLevel: level }) },
  },
];
