story A restart during a wait: what shall go on goes on, what shall not ends and says so

house ../small.house

scenario
    name = "Goes on"
    on_restart = "resume"
    then = [{ do = "turn_on", device = "hall_lamp" }, { wait = "1h" }, { do = "turn_off", device = "hall_lamp" }]

scenario
    name = "Ends"
    then = [{ wait = "1h" }, { notify = "never" }]

20:00 run goes-on
    run ends
20:10 restart after 5min
    expect run ends stopped "the house restarted, and this scenario does not go on then"
    expect run goes-on running
    expect trace goes-on "the house restarted"
20:59 expect hall_lamp OnOff.on_off = true
21:00 expect hall_lamp OnOff.on_off = false
    expect run goes-on completed
    expect nothing told
