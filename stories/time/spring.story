story In spring a time that the clock skips comes as soon as the clock has passed it

house ../small.house
    time 2026-03-28 12:00

# At 02:00 on the 29th of March 2026 the clocks in Amsterdam go to 03:00.

scenario
    name = "Half past two"
    when = [{ time = "02:30" }]
    then = [{ notify = "time" }]

scenario
    name = "Cron"
    when = [{ cron = "30 2 * * *" }]
    then = [{ notify = "cron" }]

scenario
    name = "Long wait"
    when = [{ time = "01:30" }]
    then = [{ wait = "1h" }, { notify = "waited" }]

2026-03-29 01:59 expect nothing told
# An hour after half past one it is half past three: a wait is a wait.
03:29 expect nothing told
03:30 expect told "time" once
    expect told "cron" once
    expect told "waited" once
2026-03-30 02:29 expect told "time" once
02:30 expect told "time" twice
    expect told "cron" twice
