story Where nobody knows where the house stands, nobody knows when the sun sets

house
    zone Europe/Amsterdam
    time 2026-11-23 12:00
    light lamp in Hall
    button button in Hall

scenario
    name = "Sunset"
    when = [{ sun = "sunset" }]
    then = [{ notify = "sunset" }]

scenario
    name = "Dark"
    when = [{ event = "press", device = "button" }]
    if = [{ sun = "down" }]
    then = [{ notify = "dark" }]

12:00 expect problem sunset "the house's place is not set"
    button does Button.press
    expect run dark skipped "it is not known"
    expect trace dark "the sun saw unknown: the house's place is not set"
2026-11-24 12:00 expect nothing told
