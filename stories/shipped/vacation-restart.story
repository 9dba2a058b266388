story A restart in the midst of the holidays: the plan goes on

house ../small.house
    time 2026-11-22 12:00
    habit living_lamp on 2026-11-16 18:00
    habit living_lamp off 2026-11-16 23:00

12:00 run vacation-mode duration_days=3
15:00 restart after 10min
    expect run vacation-mode running
    expect mode vacation
18:16 expect living_lamp OnOff.on_off = true
23:16 expect living_lamp OnOff.on_off = false
2026-11-23 18:16 expect living_lamp OnOff.on_off = true
2026-11-25 12:01 expect mode home
    expect run vacation-mode completed
