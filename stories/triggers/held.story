story A door that stays open for five minutes is told, once

house ../small.house

scenario
    name = "Door left open"
    when = [{ property = "Contact.open", device = "front_door", to = true, for = "5min" }]
    then = [{ notify = "The front door stands open." }]

20:00 front_door Contact.open = true
+4min front_door Contact.open = false
    expect nothing told
+10min expect nothing told
+1min front_door Contact.open = true
+6min expect told "The front door stands open." once
    expect trace door-left-open "front door was so for 5min"
+1h expect told "The front door stands open." once
