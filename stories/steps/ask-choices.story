story A person chooses among several answers, and it goes on with the chosen one

house ../small.house

scenario
    name = "Ask"
    mode = "parallel"
    then = [{ ask = "Which light?", timeout = "10min", choices = [
        { name = "Bright", then = [{ do = "turn_on", device = "hall_lamp" }] },
        { name = "A little", then = [{ notify = "A little it is." }] },
        { name = "None" }],
        else = [{ notify = "Nobody said." }] }, { notify = "On we go." }]

20:00 hall_lamp OnOff.on_off = false
    run ask
    expect asked "Which light?"
+1min answer bright
    expect nothing asked
    expect hall_lamp OnOff.on_off = true
    expect trace ask "the answer was Bright"
    expect told "On we go." once
    expect not told "Nobody said."
+1min run ask
    answer "A little"
    expect told "A little it is." once
    expect told "On we go." twice
+1min run ask
    answer None
    expect trace ask "the answer was None"
    expect told "On we go." 3 times
+1min run ask
+11min expect nothing asked
    expect trace ask "nobody answered in time"
    expect told "Nobody said." once
    expect told "On we go." 4 times
