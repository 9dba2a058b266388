story No rule unlocks a door; a person who says yes does

house ../small.house

scenario
    name = "Open up"
    when = [{ presence = "anyone" }]
    then = [{ do = "unlock", device = "front_lock" }]

20:00 Anna leaves
    Ben leaves
    Anna comes home
    expect front_lock DoorLock.lock_state = locked
    expect run open-up incomplete "front lock"
    expect refused "front lock"
    Anna asks unlock front_lock
    expect front_lock DoorLock.lock_state = locked
    Anna asks unlock front_lock confirmed
    expect front_lock DoorLock.lock_state = unlocked
