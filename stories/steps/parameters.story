story What a scenario is run with is checked, and used

house ../small.house

scenario
    name = "Warm up"
    parameters = [
        { name = "warm", kind = "number", from = 10, to = 25, default = 21 },
        { name = "who", one_of = ["Anna", "Ben"] },
    ]
    then = [
        { do = "set_temperature", device = "main_thermostat", value = "$warm" },
        { notify = "It is getting warm ($warm) for $who." },
    ]

20:00 run warm-up who=Anna
    expect main_thermostat Thermostat.heating_setpoint = 21
    expect told "It is getting warm (21) for Anna." once
    run warm-up who=Ben warm=23.5
    expect main_thermostat Thermostat.heating_setpoint = 23.5
    run warm-up who=Carl fails "it cannot be Carl"
    run warm-up fails "`who`: it is missing"
    run warm-up who=Ben warm=99 fails "`warm`: it cannot be 99"
    run warm-up who=Ben cold=9 fails "`cold`: it is not known"
    run warm-down fails "no scenario is called `warm-down`"
