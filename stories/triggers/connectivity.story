story A device that goes away is told, and its coming back as well

house ../small.house

scenario
    name = "Lost"
    when = [{ connectivity = "offline", device = "front_lock", for = "2min" }]
    then = [{ notify = "The front lock does not answer." }]

scenario
    name = "Found"
    when = [{ connectivity = "online", device = "front_lock" }]
    then = [{ notify = "The front lock is back." }]

20:00 front_lock goes offline
    expect front_lock is offline
+1min front_lock comes online
    expect told "The front lock is back." once
    expect not told "The front lock does not answer."
+1h front_lock goes offline
+3min expect told "The front lock does not answer." once
