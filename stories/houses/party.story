story The family house: a party for twelve sets the rooms

house ../../houses/family.toml
    time 2026-11-28 19:00

19:00 run party-mode guest_count=12
    expect mode party
    expect living_ceiling OnOff.on_off = true
    expect kitchen_light OnOff.on_off = true
    expect main_thermostat Thermostat.heating_setpoint = 19
    expect living_speaker MediaPlayback.playback_state = playing
    expect run party-mode completed
