# 页面的简体中文文案。每行一条消息；`{ $name }` 是参数。

# 顶栏
scenario-formed = 三台主机，六个节点
start-bare = 从空主机开始
seed = 种子 { $n }
share = 分享
theme-to-light = 切换到浅色主题
theme-to-dark = 切换到深色主题

# 分区
panes-name = 页面分区
pane-lesson = 课程
pane-stage = 集群
pane-console = 控制台

# 集群视图
founding = 正在启动六个节点，让它们互相认识……
stage-name = 集群
host-bare = 这台主机上还没有运行任何节点。
role-master = 主节点
role-replica = 从节点
node-no-slots = 没有槽
node-replica-of = 复制自 { $master }
node-epoch = 纪元 { $epoch }
node-state-fail = 集群状态 fail
node-ok = 正常
node-arc = 最久没有它消息的节点：已过 { $seconds } 秒，超时为 { $timeout } 秒
twin-caption = 集群中的节点
twin-node = 节点
twin-role = 角色
twin-holds = 负责
twin-epoch = 配置纪元
twin-standing = 状态

# 槽位图
slots-name = 槽位图
slot-owned = 槽 { $slot } · { $owner }
slot-free = 槽 { $slot } · 无人负责
slots-covered = 16384 个槽中有 { $n } 个可用
probe-label = 这个键属于哪个槽

# 各自的看法
matrix-name = 各节点眼中的彼此
matrix-caption = 行：谁在说；列：说的是谁。与多数不一致的格子会突出显示。
matrix-me = 自己

# 节点面板
net-menu = 网络
net-cut = 切断网线
net-cut-oneway = 单向切断
net-slow = 变慢
net-lose = 丢包
net-heal = 全部修复

# 时间
time-name = 时间
time-play = 继续
time-pause = 暂停
time-step = 下一事件
time-step-hint = 一直运行到集群发生变化，然后暂停
time-speed = 速度
time-clock-hint = 这个世界开始以来的虚拟时间
time-back = 回到上一个事件
time-scrub = 时间线：方向键在事件之间移动
until-name = 运行到……
until-message = 下一条消息到达
until-second = 过去一秒
until-timeout = 过去 15 秒
until-pfail = 有节点被怀疑（PFAIL）
until-fail = 有节点被判定下线
until-election = 有从节点拉票
until-vote = 有人投票
until-refused = 有人拒绝投票
until-won = 有节点当选
until-state-fail = 集群状态变为 fail
until-state-ok = 集群状态变为 ok
until-slots = 槽位换了主人
until-redirected = 客户端被重定向
until-sync = 从节点追上主节点
until-in-vain = 等待的事没有发生，时间已再次停住。
undo = 撤销
undo-hint = 撤销：{ $line }
undo-run = 回到之前的那个过程

# 两个世界
twin-menu = 对比
twin-menu-name = 与孪生世界对比：只改动一处

# 事件
events-name = 发生了什么
events-none = 还没有事件。
event-redirected = 对槽 { $slot } 回答 { $kind }

# 旁栏
side-name = 细看
side-events = 事件
side-letters = 报文
side-desk = 选举
side-writes = 客户端

# 控制台
console-name = 控制台
console-tabs = 主机
console-busy = 正在运行
console-input-name = 在这台主机上输入命令
chips-name = 常用命令

# 一行输出的含义
explain-name = 这是什么意思：{ $what }

# 引导
guide-overline = 从这里开始
guide-formed = 六个节点的集群，随你折腾
guide-formed-text = 三个主节点分管 16384 个槽，每个主节点在另一台主机上都有一个从节点。这里的一切都在真实运行：同一个引擎，线上传的是同样的字节。你可以在控制台里输入命令，也可以让页面替你输入。
try-run = 在控制台里运行
try-nodes = 集群里有谁？
try-nodes-text = 每个节点各有一张表。挑一个问问看。
try-moved = 故意问错节点
try-moved-text = 它不会替你转发命令，只会告诉你该去哪里。加上 -c，redis-cli 就会自己跟过去。
try-kill = 杀掉一个主节点
try-kill-text = 其他节点要等它沉默十五秒才会起疑，还要多数主节点都这样认为才能下结论。注意看那段弧线慢慢填满。
try-return = 让它回来
try-return-text = 老主节点会发现自己的槽已归纪元更大的新主节点所有，于是转而跟随它。

# 课程
course-name = 课程
course-coming = 正在获取课程……
lesson-coming = 正在获取这一课……
lesson-overline = 第 { $n } 课 · { $minutes } 分钟
lesson-minutes = { $n } 分钟
lesson-objectives = 学完你能做到
lesson-predicted = 你的预测
lesson-experiment = 从这里随意试试
course-progress = 已完成 { $n } / { $all }
review-today = 今天要复习的 { $n } 个问题
review-recall = 先答两个前面的问题
progress-export = 保存进度
progress-import = 载入进度
lesson-was-solved = 已完成
lesson-close = 全部课程
lesson-again = 重新开始
lesson-following = 下一课
lesson-continue = 继续
lesson-hint = 提示（还有 { $n } 条）
lesson-solution = 查看参考解法
lesson-prediction = 你的预测
lesson-solved = 完成
try-run-on = 在 { $host } 上运行
build = 把刚才的操作做成一课
build-nothing = 先在控制台里操作一番，集群要从“三台主机，六个节点”或空主机开始。然后再回来：你做过的就是参考解法。
