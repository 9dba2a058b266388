story A morning in the light of June: no lamp is needed

house ../small.house
    time 2026-06-24 06:30

06:30 run smart-morning-routine temperature=19
    expect main_thermostat Thermostat.heating_setpoint = 19
    expect living_blind WindowCovering.position = 100
    expect living_lamp OnOff.on_off = false
    expect run smart-morning-routine completed
