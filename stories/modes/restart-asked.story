story A question waits over a restart; a wish that was on its way does not

house ../small.house
    living_blind falls silent

scenario
    name = "Ask"
    on_restart = "resume"
    then = [{ ask = "Shall I?", timeout = "1h", yes = [{ notify = "yes" }], no = [{ notify = "no" }] }]

scenario
    name = "Blind"
    on_restart = "resume"
    then = [{ do = "set_position", device = "living_blind", value = 60 }, { wait = "5min" }, { notify = "on" }]

20:00 run ask
    run blind
    expect living_blind wants WindowCovering.position = 60
    restart
    expect asked "Shall I?"
    answer yes
    expect told "yes" once
+6min expect told "on" once
    expect run blind incomplete "the house restarted before the device answered"
