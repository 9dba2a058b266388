story Nobody knows where nobody has said

house
    zone Europe/Amsterdam
    time 2026-11-23 20:00
    person Anna unknown
    button hall_button in Hall

scenario
    name = "Somebody"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ presence = "anyone" }]
    then = [{ notify = "somebody" }]

scenario
    name = "Anna away"
    when = [{ event = "press", device = "hall_button" }]
    if = [{ presence = "Anna", is = "away" }]
    then = [{ notify = "away" }]

20:00 hall_button does Button.press
    expect run somebody skipped "it is not known"
    expect trace somebody "somebody at home saw unknown"
20:01 Anna comes home
    hall_button does Button.press
    expect told "somebody" once
20:02 Anna leaves
    hall_button does Button.press
    expect told "away" once
    expect told "somebody" once
