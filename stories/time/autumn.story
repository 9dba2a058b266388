story In autumn a time that the clock shows twice comes once, the first time

house ../small.house
    time 2026-10-24 12:00

# At 03:00 on the 25th of October 2026 the clocks in Amsterdam go back to 02:00.

scenario
    name = "Half past two"
    when = [{ time = "02:30" }]
    then = [{ notify = "time" }]

scenario
    name = "Cron"
    when = [{ cron = "30 2 * * *" }]
    then = [{ notify = "cron" }]

scenario
    name = "Quarters"
    when = [{ cron = "*/15 2 * * *" }]
    then = [{ notify = "quarter" }]

2026-10-25T00:29Z expect not told "time"
    expect not told "cron"
2026-10-25T00:30Z expect told "time" once
    expect told "cron" once
# Half past two again, an hour later.
2026-10-25T01:30Z expect told "time" once
    expect told "cron" once
    expect told "quarter" 4 times
2026-10-26 02:30 expect told "time" twice
