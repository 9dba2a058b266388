story Times of the day, days of the week, and cron

house ../small.house
    time 2026-11-23 12:00

scenario
    name = "Six"
    when = [{ time = "18:00" }]
    then = [{ notify = "six" }]

scenario
    name = "Weekend six"
    when = [{ time = "18:00", days = "weekend" }]
    then = [{ notify = "weekend" }]

scenario
    name = "Half past on workdays"
    when = [{ cron = "30 18 * * 1-5" }]
    then = [{ notify = "half past" }]

18:00 expect told "six" once
    expect trace six "when[0]: it is 18:00"
    expect not told "half past"
18:30 expect told "half past" once
2026-11-30 12:00 expect told "six" 7 times
    expect told "half past" 5 times
    expect told "weekend" twice
