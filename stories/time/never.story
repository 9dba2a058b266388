story A time that never comes is said

house ../small.house

scenario
    name = "Thirtieth of February"
    when = [{ cron = "0 9 30 2 *" }]
    then = [{ notify = "never" }]

20:00 expect problem thirtieth-of-february "`0 9 30 2 *` never comes"
# It is still said when something else of the house has changed.
    hall_lamp is called "The lamp"
    expect problem thirtieth-of-february "`0 9 30 2 *` never comes"
