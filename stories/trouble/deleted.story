story A device that is removed makes the rules that name it say so

house ../small.house

scenario
    name = "Door"
    when = [{ property = "Contact.open", device = "front_door", to = true, for = "5min" }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

20:00 expect no problem door
    front_door Contact.open = true
+1min front_door is removed
    expect problem door "no device is called `front_door`"
# What began to hold holds no longer.
+10min expect no run of door
    hall_lamp is removed
    run door
    expect run door incomplete "no device is called `hall_lamp`"
