story Doing it again: so often, and as long as something holds

house ../small.house

scenario
    name = "Blink"
    mode = "parallel"
    then = [{ repeat = 3, steps = [
        { do = "turn_on", device = "hall_lamp" },
        { do = "turn_off", device = "hall_lamp", delay = "10s" },
        { wait = "10s" },
    ] }]

scenario
    name = "Until closed"
    then = [
        { repeat = 100, while = [{ property = "Contact.open", device = "front_door" }], steps = [
            { notify = "Close the door." },
            { wait = "1min" },
        ] },
        { notify = "Thank you." },
    ]

20:00 run blink
    expect hall_lamp OnOff.on_off = true
+15s expect hall_lamp OnOff.on_off = false
+1min expect run blink completed "6 times a device did what was asked"
20:10 run until-closed
    expect told "Close the door." 0 times
    expect told "Thank you." once
20:11 front_door Contact.open = true
    run until-closed
+2min front_door Contact.open = false
+1min expect told "Close the door." 3 times
    expect told "Thank you." twice
