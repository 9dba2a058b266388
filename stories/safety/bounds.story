story Heating stays within bounds, whoever asks

house
    zone Europe/Amsterdam
    time 2026-11-23 20:00
    person Anna home
    thermostat stove in Hall
    stove Thermostat.heating_setpoint = 20

scenario
    name = "Sauna"
    then = [{ do = "set_temperature", device = "stove", value = 35 }]

20:00 run sauna
    expect refused "“Heat to” shall be 35 °C, and at most 28 °C is allowed"
    expect refused "Pipes freeze and burst"
    expect run sauna incomplete
    expect stove Thermostat.heating_setpoint = 20
+1min Anna asks set_temperature stove 3 confirmed
    expect refused "at least 5 °C is allowed"
+1min Anna asks set_temperature stove 28
    expect stove Thermostat.heating_setpoint = 28
