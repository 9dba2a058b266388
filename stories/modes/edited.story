story A scenario that is edited or removed while it runs ends what runs, and says so

house ../small.house

scenario
    name = "Slow"
    then = [{ wait = "1h" }, { notify = "old" }]

scenario
    name = "Gone"
    then = [{ wait = "1h" }, { notify = "gone" }]

20:00 run slow
    run gone
20:10 expect run slow running

scenario
    name = "Slow"
    then = [{ notify = "new" }]

20:20 remove gone
    run slow
    expect told "new" once
    expect 1 run of slow stopped
21:30 expect not told "old"
    expect not told "gone"
    expect run gone stopped "its scenario is gone"
