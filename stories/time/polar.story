story Beyond the polar circle there are days without a sunset, and the next one comes when it comes

# In Tromsø the sun does not set from the 18th of May to the 25th of July 2026, and does not rise from
# the 28th of November to the 14th of January.

house
    place 69.65 18.96 Europe/Oslo
    time 2026-05-10 12:00
    light lamp in Hall
    button button in Hall
    lamp OnOff.on_off = false

scenario
    name = "Sunset"
    mode = "parallel"
    when = [{ sun = "sunset" }]
    then = [{ notify = "sunset" }]

scenario
    name = "Dark"
    when = [{ event = "press", device = "button" }]
    if = [{ sun = "down" }]
    then = [{ do = "turn_on", device = "lamp" }]

12:00 expect no problem sunset
2026-05-20 12:00 expect run sunset completed
# Midnight, and the sun is up: neither is it dark, nor does the sun set for two months.
2026-06-21 00:30 button does Button.press
    expect run dark skipped "its conditions do not hold"
    expect trace dark "the sun saw up"
2026-07-20 12:00 expect lamp OnOff.on_off = false
    expect no problem sunset
# Noon in December, and the sun is down.
2026-12-21 12:00 button does Button.press
    expect lamp OnOff.on_off = true
    expect trace dark "the sun saw down"
