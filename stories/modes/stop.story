story Stopping stops: at any time, and with all that it runs

house ../small.house

scenario
    name = "Slow"
    then = [
        { parallel = [[{ wait = "1h" }], [{ wait_until = [{ presence = "nobody" }], timeout = "1h" }], [{ ask = "Really?" }]] },
        { do = "turn_on", device = "hall_lamp" },
    ]

20:00 run slow
    expect asked "Really?"
20:10 stop slow
    expect run slow stopped "the operator stopped it"
    expect nothing asked
23:00 expect hall_lamp OnOff.on_off = false
# Stopping what does not run changes nothing.
    stop slow
    expect 1 run of slow
