story A device that gets another name or slug, or moves, is still meant by those it had

house ../small.house

scenario
    name = "Press"
    mode = "parallel"
    when = [{ event = "press", device = "hall_button" }]
    then = [{ do = "turn_on", device = "hall_lamp" }]

scenario
    name = "Hall light"
    when = [{ property = "OnOff.on_off", area = "Hall", kind = "light", to = true }]
    then = [{ notify = "There is light in the hall." }]

20:00 hall_lamp is called "Corridor lamp"
    hall_lamp has the slug corridor_lamp
    hall_button is called "Doorbell"
    expect no problem press
    hall_button does Button.press
    expect corridor_lamp OnOff.on_off = true
    expect trace press "Doorbell: press"
    expect told "There is light in the hall." once
    corridor_lamp moves to "Living room"
    Anna asks turn_off "Corridor lamp"
    hall_button does Button.press
    expect hall_lamp OnOff.on_off = true
    expect told "There is light in the hall." once
    expect problem hall-light "nothing that is meant has OnOff.on_off"
    living_lamp moves to Hall
    expect no problem hall-light
    living_lamp OnOff.on_off = true
    expect told "There is light in the hall." twice
