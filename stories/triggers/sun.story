story Sunrise and sunset, before and after, at the house's place

house ../small.house
    time 2026-11-23 12:00

# Sunset in Amsterdam on that day: 16:38; sunrise on the next: 08:21 (NOAA).

scenario
    name = "Before sunset"
    when = [{ sun = "sunset", offset = "-20min" }]
    then = [{ notify = "before" }]

scenario
    name = "After sunset"
    when = [{ sun = "sunset", offset = "30min" }]
    then = [{ notify = "after" }]

scenario
    name = "Sunrise"
    when = [{ sun = "sunrise", days = "weekend" }]
    then = [{ notify = "sunrise" }]

16:16 expect nothing told
16:20 expect told "before" once
17:06 expect not told "after"
17:10 expect told "after" once
    expect trace after-sunset "the sun sets"
# The next weekend's sunrise is on Saturday, the 28th.
2026-11-28 08:20 expect not told "sunrise"
08:35 expect told "sunrise" once
    expect told "before" 5 times
