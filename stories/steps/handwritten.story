story The short forms that people write by hand are rules like others

house ../small.house
    time 2026-11-23 12:00
    history television ElectricalPowerMeasurement.power mean over 1h = 4
    history television ElectricalPowerMeasurement.power max over 1h = 5

scenario
    name = "Evening Energy Saver"
    trigger = { type = "time", value = "sunset" }
    condition = { type = "occupancy", value = "present" }
    action = { type = "scenario", value = "energy-optimization" }

scenario
    name = "Cosy"
    description = "Warm and dim"
    steps = [
        { action = "set_temperature", device = "main_thermostat", value = 23, delay = 0 },
        { action = "set_brightness", device = "living_lamp", value = 30, delay = 10 },
    ]

16:30 expect no run of evening-energy-saver
16:40 expect run evening-energy-saver completed
    expect television OnOff.on_off = false
    expect sentence evening-energy-saver "When the sun sets and somebody is home, run energy-optimization."
    run cosy
    expect main_thermostat Thermostat.heating_setpoint = 23
    expect living_lamp LevelControl.current_level = 50
+10s expect living_lamp LevelControl.current_level = 30
