story A party for twelve: lights, music, and less heating

house ../small.house

20:00 run party-mode guest_count=12 music_preference=jazz
    expect mode party
    expect hall_lamp OnOff.on_off = true
    expect hall_lamp LevelControl.current_level = 70
    expect living_lamp LevelControl.current_level = 70
    expect main_thermostat Thermostat.heating_setpoint = 19
    expect television MediaPlayback.source = jazz
    expect television MediaPlayback.playback_state = playing
    expect run party-mode completed "7 times a device did what was asked"
    expect trace party-mode "`guest_count >= 10.0` saw true"
