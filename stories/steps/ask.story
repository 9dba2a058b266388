story A person is asked, and it goes on with the answer, or without one

house ../small.house

scenario
    name = "Ask"
    mode = "parallel"
    then = [{ ask = "Shall I lock the door?", person = "Anna", timeout = "10min",
        yes = [{ do = "lock", device = "front_lock" }],
        no = [{ notify = "The door stays as it is." }] }]

20:00 front_lock DoorLock.lock_state = unlocked
    run ask
    expect asked "Shall I lock the door?"
    expect run ask running
+1min answer yes
    expect nothing asked
    expect front_lock DoorLock.lock_state = locked
    expect trace ask "the answer was yes"
+1min run ask
    answer no
    expect told "The door stays as it is." once
    expect trace ask "the answer was no"
+1min run ask
+9min expect asked "Shall I lock the door?"
+2min expect nothing asked
    expect told "The door stays as it is." twice
    expect trace ask "nobody answered in time"
