story A morning in the dark: heating, blinds, and some light

house ../small.house
    time 2026-11-24 06:30

06:30 run smart-morning-routine
    expect main_thermostat Thermostat.heating_setpoint = 21
    expect living_blind WindowCovering.position = 100
    expect living_lamp OnOff.on_off = true
    expect living_lamp LevelControl.current_level = 40
    expect told "Good morning." once
    expect mode home
    expect trace smart-morning-routine "the sun saw down"
    run smart-morning-routine temperature=22 brightness=80
    expect hall_lamp LevelControl.current_level = 80
    expect main_thermostat Thermostat.heating_setpoint = 22
