story Seven days away: the lights live on as the household switched them

house ../small.house
    time 2026-11-22 12:00
    living_lamp OnOff.on_off = true
    front_lock DoorLock.lock_state = unlocked
# Mondays to Sundays of the week before: the living room's lamp at 18:00, out at 23:00.
    habit living_lamp on 2026-11-16 18:00
    habit living_lamp off 2026-11-16 23:00
    habit living_lamp on 2026-11-17 18:00
    habit living_lamp off 2026-11-17 23:00
    habit living_lamp on 2026-11-18 18:00
    habit living_lamp off 2026-11-18 23:00
    habit living_lamp on 2026-11-19 18:00
    habit living_lamp off 2026-11-19 23:00
    habit living_lamp on 2026-11-20 18:00
    habit living_lamp off 2026-11-20 23:00
    habit living_lamp on 2026-11-21 18:00
    habit living_lamp off 2026-11-21 23:00
    habit living_lamp on 2026-11-15 18:00
    habit living_lamp off 2026-11-15 23:00
# Only on Wednesday somebody was in the hall.
    habit hall_lamp on 2026-11-18 07:00
    habit hall_lamp off 2026-11-18 07:30

12:00 run vacation-mode duration_days=7
    expect mode vacation
    expect living_lamp OnOff.on_off = false
    expect front_lock DoorLock.lock_state = locked
    expect main_thermostat Thermostat.heating_setpoint = 16
    expect trace vacation-mode "it waits 7 days"
    expect trace vacation-mode "days of the last four weeks that history knows"
# A quarter of an hour earlier or later.
17:44 expect living_lamp OnOff.on_off = false
18:16 expect living_lamp OnOff.on_off = true
    expect trace vacation-mode "living lamp goes on, as on 2026-11-15"
22:44 expect living_lamp OnOff.on_off = true
23:16 expect living_lamp OnOff.on_off = false
2026-11-24 07:15 expect hall_lamp OnOff.on_off = false
2026-11-25 07:15 expect hall_lamp OnOff.on_off = true
08:00 expect hall_lamp OnOff.on_off = false
2026-11-28 20:00 expect living_lamp OnOff.on_off = true
2026-11-29 12:01 expect mode home
    expect told "Vacation mode has ended after 7 days: the house is at home again." once
    expect run vacation-mode completed
18:30 expect living_lamp OnOff.on_off = false
