story A kind in a room, a floor, a group, and all but one

house ../small.house
    area Bedroom on Upstairs
    light bed_lamp in Bedroom
    light desk_lamp in Bedroom
    bed_lamp OnOff.on_off = false
    desk_lamp OnOff.on_off = false

scenario
    name = "Floor"
    then = [{ do = "turn_on", floor = "Upstairs", kind = "light", except = "desk_lamp" }]

scenario
    name = "Group"
    then = [{ do = "turn_on", devices = ["hall_lamp", "Desk lamp"] }]

scenario
    name = "Everything"
    then = [{ do = "turn_off", everything = true }]

20:00 run floor
    expect bed_lamp OnOff.on_off = true
    expect desk_lamp OnOff.on_off = false
    expect hall_lamp OnOff.on_off = false
    run group
    expect hall_lamp OnOff.on_off = true
    expect desk_lamp OnOff.on_off = true
    run everything
    expect bed_lamp OnOff.on_off = false
    expect television OnOff.on_off = false
    expect run everything completed
