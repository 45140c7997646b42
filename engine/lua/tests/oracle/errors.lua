foo()
----
local t = {} t.x.y = 1
----
local t = {} t.x()
----
local t = {} t:m()
----
local s = "x" return s:nomethod()
----
local a return a.b
----
local a = {} return a.b.c.d
----
return nosuch.field
----
return 1 + nil
----
local a, b = 1 return a + b
----
local a = {} return a + 1
----
local a = {} return 1 + a
----
return {} .. "x"
----
local x return "a" .. x
----
local x return "a" .. "b" .. x .. "c"
----
return nosuch .. "x"
----
local t = {} return t.name .. "x"
----
return "x" < 1
----
return {} < {}
----
return nil < 1
----
return {} < 1
----
return true < false
----
return (function() end) < (function() end)
----
return #nil
----
local n = 5 return #n
----
return -{}
----
local t = {} return -t.x
----
return nil[1]
----
local t = setmetatable({}, {__index = function(t, k) return k .. 1 end}) return t[1], t.x, t[nil]
----
local t = {} t[nil] = 1
----
local t = {} t[0/0] = 1
----
local up = nil local function f() return up.x end return f()
----
local up = nil local function f() up() end return f()
----
local up = {} local function f() up.a.b() end return f()
----
error("msg")
----
error("msg", 0)
----
error("msg", 1)
----
error("msg", 2)
----
local function f() error("deep", 2) end
f()
----
local function f() error("deep", 3) end
local function g() f() end
g()
----
error()
----
error(nil)
----
error(42)
----
local ok, e = pcall(error, {1}) return ok, type(e)
----
return pcall(error)
----
return pcall()
----
pcall()
----
return pcall(nil)
----
return pcall(pcall, error, "x")
----
assert(false)
----
assert(nil, "because")
----
assert(false, {})
----
return assert(1, 2, 3)
----
assert()
----
setmetatable(1, {})
----
setmetatable({}, 1)
----
setmetatable({})
----
return getmetatable("").__index ~= nil
----
return getmetatable({}), getmetatable(setmetatable({}, {__metatable = "locked"}))
----
setmetatable(setmetatable({}, {__metatable = "locked"}), {})
----
return rawget(1, 2)
----
rawset({}, nil, 1)
----
next({}, "nokey")
----
for k in pairs(nil) do end
----
for i in ipairs() do end
----
for k in nil do end
----
for k in 5 do end
----
local f = 5 for k in f do end
----
for i = 1, "x" do end
----
for i = "a", 2 do end
----
for i = 1, 2, {} do end
----
local s = 0 for i = "1", "3" do s = s + i end return s
----
return tonumber()
----
return tonumber("10", 99)
----
return tonumber({}, 10), tonumber("z", 36), tonumber("ff", 16), tonumber("0xff", 16), tonumber("-ff", 16), tonumber("8", 8)
----
return tonumber({}, 16)
----
return select(0)
----
return select(-1, 1, 2, 3), select(2, "a", "b", "c")
----
return select(-5, 1)
----
return select('#'), select('#', nil, nil)
----
return select("x")
----
return unpack()
----
return unpack({1, 2, 3}), unpack({1, 2, 3}, 2), unpack({1, 2}, 1, 4)
----
return unpack({}, 1, 1e7)
----
return unpack({}, 1, 8000)
----
return (select('#', unpack({}, 1, 7000)))
----
return type()
----
return tostring()
----
local t = setmetatable({}, {__tostring = function() return 42 end}) return tostring(t)
----
local t = setmetatable({}, {__tostring = 5}) return tostring(t)
----
local t = setmetatable({}, {__call = 5}) t()
----
local t = setmetatable({}, {__add = 5}) return t + 1
----
local t = setmetatable({}, {__index = 5}) return t.x
----
local t = setmetatable({}, {__newindex = 5}) t.x = 1
----
local t = {} t.a = t return t.a.a.b.c
----
local a = "x" return a.b.c
----
local a = 5 a.b = 1
----
local a = "5" a.b = 1
----
local function f() return f() + 1 end local ok, e = pcall(f) return e
----
local function f() local x = f() return x end return pcall(f)
----
local function f(n) if n == 0 then return "end" end return f(n - 1) end return f(100000)
----
local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return pcall(function() return t.x end)
----
local t = setmetatable({}, {}) getmetatable(t).__index = t return pcall(function() return t.x end)
----
local t = setmetatable({}, {}) getmetatable(t).__newindex = t return pcall(function() t.x = 1 end)
----
local function f() return pcall(f) end return f()
----
local n = 0 local function f() n = n + 1 local ok, e = pcall(f) return ok, e end local ok, e = f() return n, ok, e
----
return xpcall(function() error("a") end, function(m) return m .. "b" end)
----
return xpcall(function() error("a") end, function(m) error("again") end)
----
return xpcall(function() error({}) end, function(m) return type(m) end)
----
return xpcall(function() return 1, 2 end, function() end)
----
return xpcall(function() error("a") end, nil)
----
return xpcall(function() local x = nil + 1 end, function(m) return "H " .. m end)
----
return xpcall(5, function(m) return "H " .. m end)
----
xpcall(1)
----
local ok, e = pcall(function() return xpcall(error, error) end) return ok, e
----
local x = 1
local y = 2
local z = x
  + y
  + nil
----
local t = {
  a = 1,
  b = nil + 1,
}
----
local function f(a,
  b)
  return a.x
end
f(nil,
  1)
----
return ("x"):rep2()
----
a.b.c = 1
----
local a a.b = 1
----
local t = {} t[1][2] = 3
----
local t = {} local k = "key" return t[k][1]
----
local t = {} return t.x.y.z
----
return (nil)()
----
return ({})()
----
return ("x")()
----
local a = {} a.b.c()
----
local a = {} a.b:c()
----
local a = {b = {}} a.b:c()
----
local a = {b = {}} a.b.c(1)
----
return math.nofn()
----
return redis2.call()
----
return 2 ^ {}
----
return {} % 2
----
return 10 / nil
----
local function f(...) local a = ... return a.x end f()
----
local function f(...) return (...).x end f()
----
return getfenv(10)
----
return getfenv(-1)
----
return setfenv(1)
----
return setfenv(next, {})
----
return getfenv("x")
----
return collectgarbage("bad")
----
return collectgarbage("collect"), collectgarbage("step"), collectgarbage("stop"), collectgarbage("restart"), type(collectgarbage("count"))
----
newproxy(1)
----
return type(newproxy()), type(newproxy(true)), getmetatable(newproxy(true)) ~= nil, getmetatable(newproxy())
----
local p = newproxy(true) getmetatable(p).__index = function(_, k) return k end return p.hello, pcall(function() return p + 1 end)
----
return newproxy() + 1
----
local p = newproxy() return p.x
----
return coroutine.yield(1)
----
coroutine.resume(1)
----
coroutine.create(1)
----
coroutine.create(next)
----
coroutine.wrap(5)
----
return coroutine.status(5)
----
return coroutine.running()
----
return select('#', pcall(error, {})), select('#', pcall(error, {err = "text"})), pcall(error, {err = 5})
----
return select('#', pcall(error, "x")), pcall(error, {err = {}}) == false
----
return string.rep("x", 3, 4), ("abc"):upper()
----
local t = {3, 1, 2} table.sort(t, function(a, b) return a.x < b end) return t
----
local t = {3, 1, 2} table.sort(t, function(a, b) error("in sort") end)
----
local t = {3, "a", 2} table.sort(t)
----
local co = coroutine.create(function() local t = {3, 1, 2} table.sort(t, function(a, b) coroutine.yield(1) end) end) return coroutine.resume(co)
----
return pcall(string.rep)
----
local f = string.rep return f()
----
return ("x"):rep({})
----
return string.rep("x", -1), ("x"):rep("3")
----
return (string.gsub("abc", "%w", function(c) error("in gsub") end))
----
return (string.gsub("abc", "%w", function(c) return c .. c end))
----
return string.format("%d", "x")
----
return string.format("%s %s", 1)
----
return tostring(setmetatable({}, {__tostring = function() error("ts") end}))
