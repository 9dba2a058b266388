story A valve stays closed while it leaks, and until every sensor has spoken after a restart

house
    zone Europe/Amsterdam
    time 2026-11-23 20:00
    person Anna home
    valve main_valve in Cellar
    leak bath_leak in Bath
    main_valve ValveConfigurationAndControl.open = false
    bath_leak WaterLeak.leak = true

20:00 Anna asks ValveConfigurationAndControl.open main_valve confirmed
    expect refused "bath leak says: there is a leak"
    expect main_valve ValveConfigurationAndControl.open = false
+1h bath_leak WaterLeak.leak = false
    Anna asks ValveConfigurationAndControl.open main_valve confirmed
    expect main_valve ValveConfigurationAndControl.open = true
    Anna asks ValveConfigurationAndControl.close main_valve
    restart
    main_valve comes online
    Anna asks ValveConfigurationAndControl.open main_valve confirmed
    expect refused "bath leak does not say (it has said nothing since the restart)"
    bath_leak WaterLeak.leak = false
    Anna asks ValveConfigurationAndControl.open main_valve confirmed
    expect main_valve ValveConfigurationAndControl.open = true
