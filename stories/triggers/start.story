story The start of the house is a trigger

house ../small.house

scenario
    name = "Started"
    when = [{ start = true }]
    then = [{ notify = "The house has started." }]

20:00 expect nothing told
    restart after 2min
    expect told "The house has started." once
    expect hall_lamp OnOff.on_off is stale
