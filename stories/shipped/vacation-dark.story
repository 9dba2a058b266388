story Away without simulated presence, and away without habits: it stays dark, and says why

house ../small.house
    time 2026-11-22 12:00
    habit living_lamp on 2026-11-16 18:00
    habit living_lamp off 2026-11-16 23:00

12:00 run vacation-mode duration_days=2 simulate_presence=false temperature=12
    expect main_thermostat Thermostat.heating_setpoint = 12
2026-11-23 20:00 expect living_lamp OnOff.on_off = false
    stop vacation-mode
    expect run vacation-mode stopped
    run vacation-mode duration_days=0 fails "it cannot be 0"
2026-11-26 12:00 expect nothing told
