story A wait that is over when the house comes back is over

house ../small.house

scenario
    name = "Goes on"
    on_restart = "resume"
    then = [{ wait = "1h" }, { notify = "waited" }, { wait_until = [{ presence = "nobody" }], timeout = "1h" }, { notify = "done" }]

20:00 run goes-on
20:30 restart after 2h
    expect told "waited" once
23:00 restart
23:31 expect told "done" once
    expect trace goes-on "then[2]: it did not come in time"
    expect run goes-on completed
