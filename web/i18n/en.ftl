# The page in English. One message a line; `{ $name }` is an argument.

# Top bar
scenario-formed = Three hosts, six nodes
scenario-formed-hint = A cluster that is formed and alive: db01, db02 and db03
scenario-bare = Three bare hosts
scenario-bare-hint = Nothing runs yet: build the cluster yourself in the console
start-bare = Start from bare hosts
seed = seed { $n }
theme-to-light = Switch to the light theme
theme-to-dark = Switch to the dark theme
close = Close

# Panes
panes-name = Parts of the page
pane-lesson = Lesson
pane-stage = Stage
pane-console = Console

# Stage
founding = Six nodes are being started and introduced to one another…
stage-name = The cluster
host-bare = Nothing runs here yet.
role-master = master
role-replica = replica
role-down = down
role-none = standalone
node-no-slots = no slots
node-more-ranges = { $n } more
node-replica-of = of { $master }
node-replica-of-nobody = of an unknown master
node-was = was { $slots }
node-epoch = epoch { $epoch }
node-will-stand = about to stand for election
node-votes = { $votes } of { $needed } votes · epoch { $epoch }
node-fail = FAIL · { $n } of { $of } agree
node-pfail = suspected · { $n } of { $of }
node-down = no process
node-pfail-by-replica = suspected by a replica
node-state-fail = cluster state fail
node-ok = ok
node-arc = Oldest news of it: { $seconds } s of { $timeout } s
twin-caption = The nodes of the cluster
twin-node = Node
twin-role = Role
twin-holds = Holds
twin-epoch = Config epoch
twin-standing = Standing

# Slot map
slots-name = Slot map
slot-owned = slot { $slot } · { $owner }
slot-free = slot { $slot } · nobody
slot-moving = slot { $slot } · { $from } → { $to }
slots-covered = { $n } of 16384 served
probe-label = Which slot has the key
probe-nobody = nobody

# Who believes what
matrix-name = Who believes what of whom
matrix-caption = Row: who is speaking. Column: of whom. Disagreement stands out.
matrix-me = me

# Node panel
fact-id = node id
fact-pid = process
fact-slots = slots
fact-keys = keys
fact-config-epoch = config epoch
fact-current-epoch = current epoch
fact-offset = replication offset
deed-nodes = Ask for its view
deed-failover = Make it the master
deed-kill = Kill the process
deed-start = Start it again

# Time
time-name = Time
time-play = Let time run
time-pause = Pause
time-step = Next event
time-step-hint = Run until something happens that changes the cluster, then pause
time-speed = Speed
time-clock-hint = Virtual time since this world began

time-back = Back to the event before
time-scrub = Time line: arrow keys go from event to event
until-name = Run until…
until-message = the next message arrives
until-second = a second has passed
until-timeout = 15 s have passed
until-pfail = somebody is suspected (PFAIL)
until-fail = somebody is declared failed
until-election = a replica asks for votes
until-vote = a vote is given
until-refused = a vote is refused
until-won = an election is won
until-state-fail = the cluster state is fail
until-state-ok = the cluster state is ok
until-slots = slots change their owner
until-redirected = a client is sent elsewhere
until-sync = a replica has caught up
until-in-vain = It did not happen: time stands still again.
past-looking = You are looking at { $time }. What you see is past; type something to act from here.
past-present = Back to the present
past-ask-name = Act in the past?
past-ask = From { $time } on, things will go another way with
past-keep = Keep both endings
past-discard = Discard what came after
past-leave = Leave it
endings-name = Endings
ending = Ending { $n }
ending-hint = Parted at { $time }
undo = Undo
undo-hint = Take back: { $line }

# Events
events-name = What happened
events-none = Nothing yet.
events-and-more = { $names } +{ $n }
event-started = started with { $keys } keys
event-process = process started
event-killed = process ended, exit status { $code }
event-frozen = process frozen
event-thawed = process goes on
event-fault = { $what }
event-command = { $words }
event-added = now knows { $of }
event-removed = forgot { $of }
event-handshake-timeout = gave up meeting { $to }
event-pfail = suspects { $of } (PFAIL)
event-pfail-cleared = hears { $of } again
event-fail = declares { $of } failed: { $agree } of { $needed } needed
event-fail-told = told by { $by }: { $of } failed
event-fail-cleared = takes { $of } as alive again
event-state-ok = cluster state is ok
event-state-fail = cluster state is fail
event-will-stand = will stand for election in { $delay } ms, rank { $rank }
event-election = asks for votes in epoch { $epoch }: needs { $needed }
event-expired = election of epoch { $epoch } ran out of time
event-blocked = does not stand: { $reason }
event-vote = votes for { $to } in epoch { $epoch }
event-refused = refuses { $to } its vote: { $reason }
event-won = won the election: master in epoch { $epoch }
event-manual = manual failover: { $step }
event-now-master = is a master now
event-now-replica = is a replica of { $of } now
event-slots = took { $n } slots from { $from }
event-slots-new = serves { $n } slots
event-migrating = is giving slot { $slot } to { $to }
event-migrating-done = no longer gives slot { $slot } away
event-importing = is taking slot { $slot } from { $from }
event-importing-done = no longer takes slot { $slot } over
event-redirected = answered { $kind } for slot { $slot }
event-refused-command = answered { $kind }
event-sync-full = full copy of its master's data begins
event-sync-partial = goes on copying where it stopped
event-sync-done = has caught up with its master
event-sync-lost = lost its master
mark-start = start
mark-down = down
mark-command = cmd
mark-pfail = PFAIL
mark-fail = FAIL
mark-election = election
mark-vote = vote
mark-won = promoted
mark-state = state
mark-back = back
mark-role = role
mark-fault = fault

# Console
console-name = Console
console-tabs = Hosts
console-busy = busy
console-input-name = Type a command for this host
chips-name = Usual commands

# Guide
guide-overline = Where to begin
guide-formed = A cluster of six, and it is yours to break
guide-formed-text = Three masters share the 16384 slots; each has a replica on another host. Everything here really runs: the same engine, the same bytes on the wire. Type in the console, or let the page type for you.
guide-bare = Three hosts, nothing on them
guide-bare-text = Start servers, introduce them to one another, hand out the slots. Nothing can break that "Start from bare hosts" does not bring back.
try-run = Run in the console
try-nodes = Who is in the cluster?
try-nodes-text = Every node keeps its own table. Ask one of them.
try-moved = Ask the wrong node
try-moved-text = It does not pass your command on: it tells you where to go. With -c, redis-cli goes there.
try-kill = Kill a master
try-kill-text = Its peers need fifteen seconds of silence to suspect it, and a majority of the masters to be sure. Watch the arc fill up.
try-return = Bring it back
try-return-text = The old master finds that its slots have a new owner with a larger epoch, and follows it.
try-start = Start three servers
try-start-text = On one host, each in a folder of its own, because each writes its own nodes.conf.
try-create = Make them a cluster
try-create-text = redis-cli plans the slots, sends the commands and waits until all agree.
try-check = Check the result
try-check-text = All 16384 slots covered, or it says what is wrong.

# Lessons
course-name = Lessons
lesson-overline = Lesson { $n } · { $minutes } min
lesson-minutes = { $n } min
lesson-was-solved = solved
lesson-was-seen = seen
lesson-close = All lessons
lesson-again = Begin again
lesson-following = Next lesson
lesson-continue = Continue
lesson-hint = Hint ({ $n } left)
lesson-solution = Show a solution
lesson-stuck = This world can no longer get there. Begin again.
lesson-prediction = Your prediction
lesson-solved = Solved
lesson-seen = Done, with the solution seen
try-run-on = Run on { $host }
