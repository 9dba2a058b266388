story The family house: a morning opens blinds, and never the garage

house ../../houses/family.toml
    time 2026-11-24 06:30

06:30 run smart-morning-routine
    expect bedroom_blinds WindowCovering.position = 100
    expect living_blinds WindowCovering.position = 100
    expect garage_door WindowCovering.position = 0
    expect garage_door wants nothing
    expect main_thermostat Thermostat.heating_setpoint = 21
    expect told "Good morning." once
