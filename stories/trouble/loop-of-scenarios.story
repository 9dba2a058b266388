story Scenarios that wait for each other's end are cut as well

house ../small.house

scenario
    name = "Ping"
    mode = "parallel"
    when = [{ scenario = "pong" }]
    then = [{ wait = "1min" }, { notify = "ping" }]

scenario
    name = "Pong"
    mode = "parallel"
    when = [{ scenario = "ping" }]
    then = [{ wait = "1min" }, { notify = "pong" }]

20:00 run ping
+1h expect told "ping" twice
    expect told "pong" twice
    expect loop "ping is held back" "ping → pong → ping → pong → ping"
