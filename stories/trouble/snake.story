story A scenario never runs itself, however long the way round

house ../small.house

scenario
    name = "Snake"
    then = [{ scenario = "snake" }]

scenario
    name = "Head"
    then = [{ scenario = "tail" }]

scenario
    name = "Tail"
    then = [{ scenario = "head" }, { notify = "tail" }]

scenario
    name = "Lost"
    then = [{ scenario = "nowhere" }]

20:00 run snake
    expect run snake incomplete "snake: it would run itself"
    run head
    expect told "tail" once
    expect run tail incomplete "head: it would run itself"
    run lost
    expect run lost incomplete "no scenario is called `nowhere`"
