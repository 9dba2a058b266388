story A second run while the first is on: skip, restart, queue, parallel

house ../small.house

scenario
    name = "Skips"
    then = [{ wait = "10min" }, { notify = "skips" }]

scenario
    name = "Restarts"
    mode = "restart"
    then = [{ wait = "10min" }, { notify = "restarts" }]

scenario
    name = "Queues"
    mode = "queue"
    then = [{ wait = "10min" }, { notify = "queues" }]

scenario
    name = "Runs side by side"
    mode = "parallel"
    then = [{ wait = "10min" }, { notify = "parallel" }]

20:00 run skips
    run restarts
    run queues
    run runs-side-by-side
20:05 run skips
    run restarts
    run queues
    run runs-side-by-side
    expect run skips skipped "it is running already"
    expect 1 run of restarts stopped
    expect 1 run of queues queued
    expect 2 runs of runs-side-by-side running
20:10 expect told "skips" once
    expect not told "restarts"
    expect told "queues" once
    expect told "parallel" once
20:15 expect told "restarts" once
    expect told "parallel" twice
    expect told "queues" once
20:20 expect told "queues" twice
    expect 2 runs of queues completed
    expect told "skips" once
