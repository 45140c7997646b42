# The page in English. One message a line; `{ $name }` is an argument.

# Top bar
scenario-formed = Three hosts, six nodes
start-bare = Start from bare hosts
seed = seed { $n }
share = Share
theme-to-light = Switch to the light theme
theme-to-dark = Switch to the dark theme

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
node-no-slots = no slots
node-replica-of = of { $master }
node-epoch = epoch { $epoch }
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
slots-covered = { $n } of 16384 served
probe-label = Which slot has the key

# Who believes what
matrix-name = Who believes what of whom
matrix-caption = Row: who is speaking. Column: of whom. Disagreement stands out.
matrix-me = me

# Node panel
net-menu = Network
net-cut = Cut the cable
net-cut-oneway = Cut it one way
net-slow = Slow it down
net-lose = Lose packets
net-heal = Mend everything

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
undo = Undo
undo-hint = Take back: { $line }
undo-run = Back to the run that was here before

# Two worlds
twin-menu = Compare
twin-menu-name = Compare with a twin: another world with one thing changed

# Events
events-name = What happened
events-none = Nothing yet.
event-redirected = answered { $kind } for slot { $slot }

# Beside the stage
side-name = Looked at closely
side-events = Events
side-letters = Packets
side-desk = Elections
side-writes = Clients

# Console
console-name = Console
console-tabs = Hosts
console-busy = busy
console-input-name = Type a command for this host
chips-name = Usual commands

# What a line means
explain-name = What does this mean: { $what }

# Guide
guide-overline = Where to begin
guide-formed = A cluster of six, and it is yours to break
guide-formed-text = Three masters share the 16384 slots; each has a replica on another host. Everything here really runs: the same engine, the same bytes on the wire. Type in the console, or let the page type for you.
try-run = Run in the console
try-nodes = Who is in the cluster?
try-nodes-text = Every node keeps its own table. Ask one of them.
try-moved = Ask the wrong node
try-moved-text = It does not pass your command on: it tells you where to go. With -c, redis-cli goes there.
try-kill = Kill a master
try-kill-text = Its peers need fifteen seconds of silence to suspect it, and a majority of the masters to be sure. Watch the arc fill up.
try-return = Bring it back
try-return-text = The old master finds that its slots have a new owner with a larger epoch, and follows it.

# Lessons
course-name = Lessons
course-coming = The lessons are being fetched…
lesson-coming = The lesson is being fetched…
lesson-overline = Lesson { $n } · { $minutes } min
lesson-minutes = { $n } min
lesson-objectives = You will be able to
lesson-predicted = Your predictions
lesson-experiment = Experiment from here
course-progress = { $n } of { $all } done
review-today = { $n } questions from earlier lessons, for today
review-recall = First, two questions from earlier lessons
progress-export = Save my progress
progress-import = Load progress
lesson-was-solved = solved
lesson-close = All lessons
lesson-again = Begin again
lesson-following = Next lesson
lesson-continue = Continue
lesson-hint = Hint ({ $n } left)
lesson-solution = Show a solution
lesson-prediction = Your prediction
lesson-solved = Solved
try-run-on = Run on { $host }
build = Make a lesson of what you did
build-nothing = Type something in the console first, in a cluster that began as "Three hosts, six nodes" or as bare hosts. Then come back: what you did becomes the solution.
