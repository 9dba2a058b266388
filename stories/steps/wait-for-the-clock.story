story What only time changes is waited for to the minute

house ../small.house

scenario
    name = "Late"
    then = [
        { wait_until = [{ after = "22:00" }], timeout = "5h" },
        { notify = "It is ten." },
    ]

scenario
    name = "Dark"
    then = [
        { wait_until = [{ sun = "up" }], timeout = "20h" },
        { notify = "The sun is up." },
    ]

20:00 run late
    run dark
21:59 expect nothing told
22:01 expect told "It is ten." once
# The sun rises at 8:20 in Amsterdam on that day.
2026-11-24 08:15 expect not told "The sun is up."
08:25 expect told "The sun is up." once
    expect run dark completed
