story What a device cannot be is refused in the house's words

house ../small.house

scenario
    name = "Hot"
    parameters = [{ name = "warm", kind = "number" }]
    then = [{ do = "set_temperature", device = "main_thermostat", value = "$warm" }]

scenario
    name = "Lamp"
    then = [{ do = "set_temperature", device = "hall_lamp", value = 20 }]

20:00 run hot warm=35
    expect main_thermostat Thermostat.heating_setpoint = 20
    expect run hot incomplete "35"
    expect refused "35"
    run hot warm=28
    expect main_thermostat Thermostat.heating_setpoint = 28
    expect run hot completed
    run lamp
    expect trace lamp "none of those that are meant can do that"
