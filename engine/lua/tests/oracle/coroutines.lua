local co = coroutine.create(function(a, b) local c = coroutine.yield(a + b) local d, e = coroutine.yield(c * 2) return d + e end) return coroutine.resume(co, 1, 2), select(2, coroutine.resume(co, 10)), select(2, coroutine.resume(co, 3, 4)), coroutine.status(co), coroutine.resume(co)
----
local co = coroutine.create(function() error("inside") end) return coroutine.resume(co)
----
local co = coroutine.create(function() error({}) end) local ok, e = coroutine.resume(co) return ok, type(e), coroutine.status(co), coroutine.resume(co)
----
local f = coroutine.wrap(function() error("inside") end) f()
----
local f = coroutine.wrap(function() error({}) end) local ok, e = pcall(f) return ok, type(e)
----
local f = coroutine.wrap(function() return 1 end) f() f()
----
local f = coroutine.wrap(function() return 1 end) f() return pcall(f)
----
local co co = coroutine.create(function() return coroutine.resume(co) end) return coroutine.resume(co)
----
local co co = coroutine.wrap(function() return pcall(co) end) return co()
----
local a, b a = coroutine.create(function() coroutine.resume(b) end) b = coroutine.create(function() s = 1 return coroutine.status(a), coroutine.resume(a) end) return pcall(coroutine.resume, a)
----
local a, b, r a = coroutine.create(function() r = {coroutine.resume(b)} end) b = coroutine.create(function() return coroutine.status(a), coroutine.status(b), coroutine.resume(a) end) coroutine.resume(a) return unpack(r)
----
local co = coroutine.create(function() pcall(coroutine.yield, 1) return 2 end) return coroutine.resume(co)
----
local co = coroutine.create(function() return pcall(coroutine.yield, 1) end) return coroutine.resume(co)
----
local t = setmetatable({}, {__index = function(t, k) return coroutine.yield(k) end}) local co = coroutine.create(function() return t.x end) return coroutine.resume(co)
----
local co = coroutine.create(function() for x in function() return coroutine.yield(1) end do end end) return coroutine.resume(co)
----
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) local s = 0 for i in gen do s = s + i end return s
----
local co = coroutine.wrap(function(...) local n = select('#', ...) while true do n = select('#', coroutine.yield(n)) end end) return co(), co(1, 2), co(nil), co()
----
return coroutine.status(coroutine.create(function() end)), type(coroutine.create(function() end)), type(coroutine.wrap(function() end))
----
local co = coroutine.create(function() return type(coroutine.running()) end) return coroutine.resume(co)
----
local x = 0 local co = coroutine.wrap(function() x = x + 1 coroutine.yield() x = x + 10 end) co() local y = x co() return y, x
----
local function up() local v = 1 local co = coroutine.wrap(function() v = v + 1 coroutine.yield(function() return v end) v = v + 1 coroutine.yield() end) local f = co() local a = f() co() return a, f(), v end return up()
----
local co = coroutine.wrap(function() return (function() return coroutine.yield(1) end)() end) return co(), co(2)
----
local co = coroutine.wrap(function() local a = coroutine.yield(1) .. coroutine.yield(2) return a end) co() co("x") return co("y")
----
local co = coroutine.create(coroutine.yield) return co
----
local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) return coroutine.status(co), coroutine.resume(co), coroutine.status(co)
----
local co = coroutine.create(function() local x = nil return x.y end) return coroutine.resume(co)
----
local co = coroutine.create(function(n) local function r(n) if n == 0 then coroutine.yield("deep") return 0 end return 1 + r(n - 1) end return r(n) end) return coroutine.resume(co, 100), select(2, coroutine.resume(co))
----
local f = coroutine.wrap(function() local t = {} t.x.y = 1 end) return pcall(f)
----
local f = coroutine.wrap(function() error("plain", 0) end) return pcall(f)
----
local co = coroutine.create(function() return xpcall(function() error("e") end, function(m) return "h:" .. m end) end) return coroutine.resume(co)
