story At most so many runs wait or go on side by side

house ../small.house

scenario
    name = "Queues"
    mode = "queue"
    most = 3
    then = [{ wait = "10min" }]

scenario
    name = "Side by side"
    mode = "parallel"
    most = 2
    then = [{ wait = "10min" }]

20:00
    5 times run queues
    5 times run side-by-side
    expect 1 run of queues running
    expect 2 runs of queues queued
    expect run queues skipped "too many runs wait already"
    expect 2 runs of side-by-side running
    expect 3 runs of side-by-side skipped
21:00 expect 3 runs of queues completed
    expect 2 runs of side-by-side completed
