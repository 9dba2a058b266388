story Time windows over midnight, days of the week, and the sun

house ../small.house

scenario
    name = "By night"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ after = "22:00", before = "06:00", days = ["monday", "tuesday"] }]
    then = [{ notify = "night" }]

scenario
    name = "By day"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ not = [{ sun = "down" }] }, { before = "13:00" }]
    then = [{ notify = "day" }]

# 2026-11-23 is a Monday.
21:59 hall_button does Button.press
    expect run by-night skipped
    expect trace by-night "the time saw Monday 21:59"
22:00 hall_button does Button.press
    expect told "night" once
2026-11-24 05:59 hall_button does Button.press
    expect told "night" twice
06:00 hall_button does Button.press
    expect told "night" twice
12:59 hall_button does Button.press
    expect told "day" once
13:00 hall_button does Button.press
    expect told "day" once
2026-11-25 23:00 hall_button does Button.press
    expect told "night" twice
