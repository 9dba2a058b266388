story A rule says that a device it names is away, for as long as it is

house ../small.house

scenario
    name = "Evening"
    when = [{ property = "Contact.open", device = "front_door", to = true }]
    if = [{ property = "OnOff.on_off", device = "living_lamp", is = false }]
    then = [{ do = "turn_on", device = "hall_lamp" }, { notify = "open" }]

scenario
    name = "Lost door"
    when = [{ connectivity = "offline", device = "front_door" }]
    then = [{ notify = "The front door's sensor is away." }]

20:00 expect no problem evening
    front_door goes offline
    expect problem evening "front door is offline"
    expect told "The front door's sensor is away." once
# Who waits for that is not harmed by it.
    expect no problem lost-door
    hall_lamp goes offline
    living_lamp goes offline
    expect problem evening "hall lamp is offline"
    expect problem evening "living lamp is offline"
+1h front_door comes online
    hall_lamp comes online
    living_lamp comes online
    expect no problem evening
    hall_lamp is called "Lamp"
    expect no problem evening
