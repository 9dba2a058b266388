story What comes on the 29th of February comes in leap years

house ../small.house
    time 2027-02-27 12:00

scenario
    name = "Leap"
    when = [{ cron = "0 9 29 feb *" }]
    then = [{ notify = "leap" }]

scenario
    name = "End of February"
    when = [{ cron = "0 9 28,29 2 *" }]
    then = [{ notify = "end" }]

2027-03-02 12:00 expect not told "leap"
    expect told "end" once
2028-02-29 08:59 expect not told "leap"
    expect told "end" twice
2028-02-29 09:00 expect told "leap" once
    expect told "end" 3 times
2032-03-01 12:00 expect told "leap" twice
