story A wait, a delay, and what is waited for

house ../small.house

scenario
    name = "Goodbye"
    then = [
        { do = "turn_on", device = "hall_lamp" },
        { wait_until = [{ property = "Contact.open", device = "front_door", is = true }], timeout = "10min" },
        { wait = "1min" },
        { do = "turn_off", device = "hall_lamp", delay = "30s" },
    ]

scenario
    name = "Must"
    then = [
        { wait_until = [{ presence = "nobody" }], timeout = "5min", required = true },
        { notify = "never" },
    ]

20:00 run goodbye
    expect hall_lamp OnOff.on_off = true
20:05 front_door Contact.open = true
    expect trace goodbye "then[1]: it holds now"
20:06 expect hall_lamp OnOff.on_off = true
20:06:29 expect hall_lamp OnOff.on_off = true
20:06:30 expect hall_lamp OnOff.on_off = false
    expect run goodbye completed
# The door stands open still, so there is nothing to wait for.
21:00 run goodbye
    expect trace goodbye "then[1]: it holds now"
22:00 front_door Contact.open = false
    run goodbye
+11min expect trace goodbye "then[1]: it did not come in time"
+1min expect run goodbye completed
23:00 run must
+6min expect run must failed "what it waited for did not come in time"
    expect nothing told
