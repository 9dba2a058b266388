story Every word for a command does what it says

house ../small.house
    fan bath_fan in Bath with OnOff FanControl
    valve main_valve in Cellar
    main_valve ValveConfigurationAndControl.open = true

scenario
    name = "Words"
    then = [
        { do = "turn_on", device = "hall_lamp" },
        { do = "set_brightness", device = "hall_lamp", value = "25 %" },
        { do = "set_temperature", device = "main_thermostat", value = "68 °F" },
        { do = "set_system_mode", device = "main_thermostat", value = "heat" },
        { do = "set_position", device = "living_blind", value = 40 },
        { do = "set_volume", device = "television", value = 15 },
        { do = "set_fan", device = "bath_fan", value = 50 },
        { do = "lock", device = "front_lock" },
        { do = "close_valve", device = "main_valve" },
        { set = { "LevelControl.current_level" = 60 }, device = "living_lamp" },
        { do = "OnOff.off", device = "television" },
    ]

20:00 front_lock DoorLock.lock_state = unlocked
    run words
    expect hall_lamp LevelControl.current_level = 25
    expect main_thermostat Thermostat.heating_setpoint = 20
    expect main_thermostat Thermostat.system_mode = heat
    expect living_blind WindowCovering.position = 40
    expect television MediaPlayback.volume = 15
    expect bath_fan FanControl.percent = 50
    expect front_lock DoorLock.lock_state = locked
    expect main_valve ValveConfigurationAndControl.open = false
    expect living_lamp LevelControl.current_level = 60
    expect television OnOff.on_off = false
    expect run words completed "11 times"
