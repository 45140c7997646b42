# 页面的简体中文文案。每行一条消息；`{ $name }` 是参数。

# 顶栏
scenario-formed = 三台主机，六个节点
scenario-formed-hint = 已经组好并在运行的集群：db01、db02、db03
scenario-bare = 三台空主机
scenario-bare-hint = 什么都没启动：在控制台里亲手搭一个集群
start-bare = 从空主机开始
seed = 种子 { $n }
theme-to-light = 切换到浅色主题
theme-to-dark = 切换到深色主题
close = 关闭

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
role-down = 已停止
role-none = 单机
node-no-slots = 没有槽
node-more-ranges = 另有 { $n } 段
node-replica-of = 复制自 { $master }
node-replica-of-nobody = 主节点未知
node-was = 原有 { $slots }
node-epoch = 纪元 { $epoch }
node-will-stand = 即将参选
node-votes = 得票 { $votes }/{ $needed } · 纪元 { $epoch }
node-fail = FAIL · { $n }/{ $of } 认定
node-pfail = 疑似下线 · { $n }/{ $of }
node-down = 进程不存在
node-pfail-by-replica = 有从节点怀疑它下线
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
slot-moving = 槽 { $slot } · { $from } → { $to }
slots-covered = 16384 个槽中有 { $n } 个可用
probe-label = 这个键属于哪个槽
probe-nobody = 无人负责

# 各自的看法
matrix-name = 各节点眼中的彼此
matrix-caption = 行：谁在说；列：说的是谁。与多数不一致的格子会突出显示。
matrix-me = 自己

# 节点面板
fact-id = 节点 ID
fact-pid = 进程号
fact-slots = 槽数
fact-keys = 键数
fact-config-epoch = 配置纪元
fact-current-epoch = 当前纪元
fact-offset = 复制偏移量
deed-nodes = 看看它眼中的集群
deed-failover = 让它升为主节点
deed-kill = 杀掉进程
deed-start = 重新启动

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
past-looking = 你正在看 { $time } 的情形。这是过去；键入命令即可从这里另走一条路。
past-present = 回到现在
past-ask-name = 要在过去动手吗？
past-ask = 从 { $time } 起，事情将因这条命令而不同：
past-keep = 两个结局都保留
past-discard = 丢弃之后发生的一切
past-leave = 算了
endings-name = 结局
ending = 结局 { $n }
ending-hint = 在 { $time } 分岔
undo = 撤销
undo-hint = 撤销：{ $line }

# 事件
events-name = 发生了什么
events-none = 还没有事件。
events-and-more = { $names } 另加 { $n } 个
event-started = 启动完成，载入 { $keys } 个键
event-process = 进程已启动
event-killed = 进程结束，退出码 { $code }
event-frozen = 进程被冻结
event-thawed = 进程恢复运行
event-fault = { $what }
event-command = { $words }
event-added = 认识了 { $of }
event-removed = 忘记了 { $of }
event-handshake-timeout = 与 { $to } 握手超时，放弃
event-pfail = 怀疑 { $of } 下线（PFAIL）
event-pfail-cleared = 重新收到 { $of } 的消息
event-fail = 判定 { $of } 下线：{ $agree } 票，需要 { $needed } 票
event-fail-told = 从 { $by } 得知：{ $of } 已下线
event-fail-cleared = 认为 { $of } 已恢复
event-state-ok = 集群状态变为 ok
event-state-fail = 集群状态变为 fail
event-will-stand = 将在 { $delay } 毫秒后参选，排名 { $rank }
event-election = 在纪元 { $epoch } 请求投票，需要 { $needed } 票
event-expired = 纪元 { $epoch } 的选举超时
event-blocked = 暂不参选：{ $reason }
event-vote = 在纪元 { $epoch } 投票给 { $to }
event-refused = 拒绝投票给 { $to }：{ $reason }
event-won = 赢得选举，成为纪元 { $epoch } 的主节点
event-manual = 手动故障转移：{ $step }
event-now-master = 现在是主节点
event-now-replica = 现在是 { $of } 的从节点
event-slots = 从 { $from } 接管 { $n } 个槽
event-slots-new = 开始负责 { $n } 个槽
event-migrating = 正把槽 { $slot } 迁往 { $to }
event-migrating-done = 不再迁出槽 { $slot }
event-importing = 正从 { $from } 迁入槽 { $slot }
event-importing-done = 不再迁入槽 { $slot }
event-redirected = 对槽 { $slot } 回答 { $kind }
event-refused-command = 回答 { $kind }
event-sync-full = 开始从主节点全量复制
event-sync-partial = 从断点继续复制
event-sync-done = 已追上主节点
event-sync-lost = 与主节点失去连接
mark-start = 启动
mark-down = 停止
mark-command = 命令
mark-pfail = PFAIL
mark-fail = FAIL
mark-election = 参选
mark-vote = 投票
mark-won = 晋升
mark-state = 状态
mark-back = 恢复
mark-role = 角色
mark-fault = 故障

# 控制台
console-name = 控制台
console-tabs = 主机
console-busy = 正在运行
console-input-name = 在这台主机上输入命令
chips-name = 常用命令

# 引导
guide-overline = 从这里开始
guide-formed = 六个节点的集群，随你折腾
guide-formed-text = 三个主节点分管 16384 个槽，每个主节点在另一台主机上都有一个从节点。这里的一切都在真实运行：同一个引擎，线上传的是同样的字节。你可以在控制台里输入命令，也可以让页面替你输入。
guide-bare = 三台主机，空空如也
guide-bare-text = 启动服务，让它们互相认识，再把槽分下去。弄坏了也不要紧，点“从空主机开始”就能重来。
try-run = 在控制台里运行
try-nodes = 集群里有谁？
try-nodes-text = 每个节点各有一张表。挑一个问问看。
try-moved = 故意问错节点
try-moved-text = 它不会替你转发命令，只会告诉你该去哪里。加上 -c，redis-cli 就会自己跟过去。
try-kill = 杀掉一个主节点
try-kill-text = 其他节点要等它沉默十五秒才会起疑，还要多数主节点都这样认为才能下结论。注意看那段弧线慢慢填满。
try-return = 让它回来
try-return-text = 老主节点会发现自己的槽已归纪元更大的新主节点所有，于是转而跟随它。
try-start = 启动三个服务
try-start-text = 同一台主机，各用各的目录，因为每个节点都要写自己的 nodes.conf。
try-create = 把它们组成集群
try-create-text = redis-cli 会规划槽位、发出命令，并等到所有节点看法一致。
try-check = 检查结果
try-check-text = 16384 个槽全部有人负责；否则它会指出问题在哪里。

# 课程
course-name = 课程
lesson-overline = 第 { $n } 课 · { $minutes } 分钟
lesson-minutes = { $n } 分钟
lesson-was-solved = 已完成
lesson-was-seen = 看过答案
lesson-close = 全部课程
lesson-again = 重新开始
lesson-following = 下一课
lesson-continue = 继续
lesson-hint = 提示（还有 { $n } 条）
lesson-solution = 查看参考解法
lesson-stuck = 这个世界已经无法达到要求，请重新开始。
lesson-prediction = 你的预测
lesson-solved = 完成
lesson-seen = 完成（看过参考解法）
try-run-on = 在 { $host } 上运行
