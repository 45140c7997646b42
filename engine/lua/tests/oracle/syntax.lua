x =
----
x = = 1
----
local
----
local 1
----
local function
----
function f(
----
function f(a,) end
----
function f(..., a) end
----
if x then
----
if x
----
while true do
----
for
----
for i
----
for i = 1 do end
----
for i = 1, 2, 3, 4 do end
----
for 1 = 2 do end
----
for i in do end
----
repeat
----
repeat until
----
return return
----
return 1 x
----
break
----
while true do break x = 1 end
----
do break end
----
goto x
----
f
----
f = 
----
(f)
----
f.x
----
f() = 1
----
f().x = 1
----
a, b
----
a, f() = 1, 2
----
"x" = 1
----
1 = 1
----
nil = 1
----
x = }
----
x = {
----
x = {1, 2
----
x = {[1] 2}
----
x = {a = }
----
x = {a = 1 b = 2}
----
x = (1
----
x = 1)
----
x = f(1
----
f
(1)
----
x = "unfinished
----
x = 'unfinished
----
x = "unfinished\
----
x = [[unfinished
----
x = [==[unfinished]=]
----
--[[ unfinished
----
x = [=unfinished
----
x = [[a [[b]] c]]
----
x = "\300"
----
x = "\256 after"
----
return "\065\10\0661", "\x41", "\q"
----
x = 1..2
----
return 1 ..2
----
x = 3x
----
x = 0x
----
x = 0xg
----
x = 1e
----
x = 1e+
----
x = 1.2.3
----
return 0x10, 0xA, 1e2, .5, 5., 3e-2, 0x1p4
----
return 1 --[[ comment ]] + 2 --[==[ another ]] ]==] + 3 -- end
----
x = @
----
x = $y
----
x = a ! b
----
x = a != b
----
x = a ~ b
----
x = `a`
----
x = ~a
----
x = a & b
----
x = a // b
----
x = 1 << 2
----
x = a ? b : c
----
x += 1
----
x++
----
function f.a:b.c() end
----
function 1() end
----
function f:a() return self end return f
----
local function f.a() end
----
local a.b = 1
----
local a <const> = 1
----
return ...
----
return function() return ... end
----
function f() return ... end
----
end
----
else
----
until x
----
elseif
----
then
----
do
----
do end end
----
if a then else else end
----
if a then elseif b else end
----
return 1,
----
return ,1
----
return;
----
return 1; return 2
----
;
----
x = 1;;
----
x = 1; y = 2;
----
local x = 1; local y = 2 return x + y
----
x = not
----
x = #
----
x = -
----
x = a or
----
x = a..
----
x = function
----
x = function() 
----
x = function end
----
a:b
----
a:b.c()
----
a:1()
----
a.1 = 2
----
a[1
----
a[] = 1
----
f{1, 2
----
f"a
----
f'a' 'b'
----
return ((((((1))))))
----
return #"abc" + -2 ^ 2, not nil == true, 2 ^ 3 ^ 2, "a" .. "b" .. "c" == "abc", 1 .. 2
----
return 1 < 2 == true, "x" < "y", 1 <= 1, 2 >= 3, 1 ~= 1, 1 ~= "1"
----
return 7 % 3, -7 % 3, 7 % -3, -7 % -3, 5.5 % 2, 1e300 * 1e300, -1e300 * 1e300
----
return 1 and 2, nil and 1, false or 3, nil or false, 1 or error("x"), false and error("x")
----
local a = {} return a == a, {} == {}, "a" == "a", 1 == 1.0, nil == false
----
local a <close> = 1
----
x = 'a\
b' return x
----
return 'tab\tnl\n\a\b\f\v\r\\\"\''
----
return [[
first newline skipped]], [==[
]]]==]
----
return "\0" == "\000", #"\0a"
----
x = 1 = 2
----
local t = {1, 2, 3; 4, n = 5, [10] = 6, "last"} return t[1], t[4], t.n, t[10], t[5], #t
----
local t = {f = function() return 1 end, ["a b"] = 2} return t.f(), t["a b"]
----
local function v(...) return ... end local t = {v(1, 2), v(1, 2)} return #t, (v(1, 2))
----
local a, b, c = (function() return 1, 2 end)() return a, b, c
----
local a, b = 1 return a, b
----
local a, b = 1, 2, 3 return a, b
----
local i, t = 1, {} i, t[i] = i + 1, 20 return i, t[1], t[2]
----
local a = {} local b = a a.x, a = 1, 2 return b.x, a
----
local function f(a, ...) return a, select('#', ...), ... end return f(1, nil, 3)
----
local function f(...) return arg.n, arg[1], arg[2] end return f(5, 6)
----
local function f(...) local x = ... return arg, x end return f(5, 6)
----
local s = 0 for i = 10, 1, -3 do s = s * 100 + i end return s
----
local s = 0 for i = 1, 0 do s = 1 end return s
----
local s = 0 for i = 1, 3 do local j = i i = 10 s = s + j end return s
----
local s = "" for i = 0, 1, 0.25 do s = s .. i .. " " end return s
----
local i = 0 repeat local j = i i = i + 1 until j >= 3 return i
----
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end return fs[1](), fs[1](), fs[2](), fs[3]()
----
local fs = {} local i = 1 while i <= 3 do local j = i fs[i] = function() j = j + 1 return j end i = i + 1 end return fs[1](), fs[1](), fs[3]()
----
local fs = {} local i = 0 repeat local j = i fs[#fs + 1] = function() return j end i = i + 1 until j == 2 return fs[1](), fs[2](), fs[3]()
----
while true do local x = 1 local f = function() return x end break end return "out"
----
local a = 1 do local a = 2 end return a
----
local x = 5 local function f() return x end x = 6 return f()
----
local function mk() local n = 0 return function() n = n + 1 return n end, function() return n end end local a, b = mk() a() a() return b()
----
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.x = 5 t.x = 7 return t.x
----
local log = "" local t = setmetatable({}, {__index = function(_, k) log = log .. k return k end}) local x = t.a .. t.b return x, log
----
local mt = {__eq = function(a, b) return true end} local a, b = setmetatable({}, mt), setmetatable({}, mt) return a == b, a ~= b, a == 1, rawequal(a, b)
----
local mt = {__lt = function(a, b) return a.v < b.v end} local a, b = setmetatable({v = 1}, mt), setmetatable({v = 2}, mt) return a < b, a <= b, a > b, a >= b
----
local mt = {__le = function(a, b) return "yes" end} local a, b = setmetatable({}, mt), setmetatable({}, mt) return a <= b, a >= b, pcall(function() return a < b end)
----
local mt = {__concat = function(a, b) return (type(a) == "table" and "T" or a) .. "+" .. (type(b) == "table" and "T" or b) end} local t = setmetatable({}, mt) return t .. "x", "x" .. t, 1 .. t, t .. t, "a" .. "b" .. t .. "c" .. "d"
----
local mt = {__unm = function() return "neg" end, __len = function() return 99 end, __mod = function() return "mod" end, __pow = function() return "pow" end, __div = function() return "div" end, __mul = function() return "mul" end, __sub = function() return "sub" end} local t = setmetatable({}, mt) return -t, #t, t % 1, t ^ 1, t / 1, t * 1, t - 1, 1 - t
----
local t = setmetatable({}, {__call = function(self, ...) return select('#', ...), ... end}) return t(1, nil, 3)
----
local t = setmetatable({}, {__call = function(self, a) return a end}) return (function() return t(9) end)()
----
local p = setmetatable({}, {__index = {x = 1, y = setmetatable({}, {__index = {z = 3}})}}) return p.x, p.y.z, p.w
----
return "10" + 5, "0x10" * 1, 10 .. "", "3" ^ "2", -"2", " 5 " + 1
----
return "abc" + 1
----
local a = "abc" return a + 1
----
return "10" < "9", "a" < "b", "" < "a", "a\0b" < "a\0c", "Z" < "a"
----
return 1e15, 1e14, 123456789012345, 0.1, 1/3, 1e100, -0, 0/0 ~= 0/0, 1e-5, 100000000000000, 2^53, 2^63
----
return tostring(1/0), tostring(-1/0), tostring(0/0), tostring(-(0/0))
----
return tonumber("  12  "), tonumber("1e1"), tonumber("abc"), tonumber(""), tonumber(" "), tonumber("0x"), tonumber("1 2"), tonumber("1e"), tonumber("inf"), tonumber("nan"), tonumber(nil)
----
return tonumber("7fffffffffffffff", 16), tonumber("ffffffffffffffffff", 16), tonumber("-1", 10), tonumber("-1", 16), tonumber("1.5", 10), tonumber("11", 2), tonumber("2", 2), tonumber("", 16), tonumber(" 11 ", 2)
----
return loadstring("return 1")(), loadstring("return ...")(7), loadstring("x =", "=name"), loadstring("x =", "@file"), loadstring("x =", "text\nline"), loadstring("x =")
----
return select(2, loadstring("x =", "a very long chunk name that goes on and on and on and on and on and on"))
----
return select(2, loadstring("x =", "@a/very/long/chunk/name/that/goes/on/and/on/and/on/and/on/and/on/and/on"))
----
return select(2, loadstring("x =", "=a/very/long/chunk/name/that/goes/on/and/on/and/on/and/on/and/on/and/on"))
----
local n = 0 local f = load(function() n = n + 1 return ({"return ", "1 ", "+ 2"})[n] end) return f(), n
----
local n = 0 return load(function() n = n + 1 return n < 3 and 5 or nil end)
----
return load(function() return {} end)
----
return load(function() error("in reader") end)
----
return load(function() return nil end) ~= nil
----
return load("return 1")
----
return load()
----
local n = 0 return load(function() return nil end, "=x") ~= nil, select(2, load(function() n = n + 1 return n < 3 and "x =" or nil end, "=x"))
----
return #{1, 2, nil, 4}, #{nil}, #{nil, 2}, #{1, nil}, #{n = 1}
----
local t = {} for i = 1, 10 do t[i] = i end for i = 1, 9 do t[i] = nil end return #t
----
local t = {1, 2, 3} t[#t + 1] = 4 t[#t] = nil return #t
----
setfenv(1, {}) x = 1 return x
----
local env = {} local f = setfenv(function() y = 2 return y end, env) return f(), env.y
----
local f = function() return getfenv(1) == getfenv(2) end return f(), getfenv(0) == getfenv(1), getfenv() == getfenv(1), getfenv(next) == getfenv(0)
----
return _VERSION, type(_G), _G._G == _G, type(print), type(dofile), type(loadfile), type(require), type(debug), type(os), type(io), type(module), type(package), type(gcinfo)
----
x = 5 return x
----
return nosuchglobal
----
local a = 1; (function() end)()
return a
----
local t = {} t.a, t.b, t.c = 1, 2 return t.a, t.b, t.c
----
local function f() return 1, 2, 3 end return f(), f()
----
local function f() return 1, 2, 3 end local t = {f(), x = f(), f()} return #t, t.x
----
return (function(...) return select('#', ...) end)(unpack({1, nil, 3}, 1, 3))
----
local t = {} for i = 1, 120 do t[i] = i end local c = {unpack(t)} return #c, c[51], c[120]
----
local a <const> = 5
----
local t = {} for i = 1, 300 do t[i] = "local v" .. i .. " = " .. i end return select(2, loadstring(table.concat(t, "\n")))
----
local t = {} for i = 1, 70 do t[i] = "local u" .. i .. " = 1" end local u = {} for i = 1, 70 do u[i] = "u" .. i end return select(2, loadstring(table.concat(t, "\n") .. "\nlocal function f() return " .. table.concat(u, " + ") .. " end"))
----
local t = {} for i = 1, 300 do t[i] = i end return select(2, loadstring("return f(" .. table.concat(t, ",") .. ")"))
----
local t = {} for i = 1, 400 do t[i] = "'k" .. i .. "'" end local f = loadstring("local t = {" .. table.concat(t, ",") .. "} return #t, t[400]") return f()
----
local t = {} for i = 1, 400 do t[i] = "k" .. i .. " = " .. i end local f = loadstring("local t = {" .. table.concat(t, ",") .. "} return t.k1, t.k300, t.k400, t.nope.x") return pcall(f)
----
local t = {} for i = 1, 300 do t[i] = "x" .. i .. " = 1" end return pcall(loadstring("local x = {} " .. table.concat(t, " ", 1, 1) .. " return x.a.b"))
----
return select(2, loadstring(string.rep("a = (", 250) .. "1" .. string.rep(")", 250)))
----
return select(2, loadstring(string.rep("do ", 250) .. string.rep("end ", 250)))
----
return select(2, loadstring(string.rep("a,", 250) .. "b = 1"))
----
return select(2, loadstring("return " .. string.rep("a.", 500) .. "b")), pcall(loadstring("local a = 1 return a" .. string.rep(".b", 300)))
----
return select(2, loadstring("x = 'a\\\nb"))
----
return select(2, loadstring("\n\n\nx = ="))
----
return select(2, loadstring("x = \1"))
----
return select(2, loadstring("x = \200"))
----
return select(2, loadstring("f(\n1,\n2"))
----
return pcall(loadstring("local a\n\n=\n1\nreturn a\n.b\n.c"))
----
return pcall(loadstring("local t = {}\nt.x = 1\n+\n{}"))
----
return pcall(loadstring("return 1\n..\n{}"))
----
return pcall(loadstring("local f = function(a)\n return a()\nend\nf(\n nil)"))
----
return pcall(loadstring("for i = 1,\n 'x' do\n end"))
----
return pcall(loadstring("if nil < 1 then\n end"))
----
return pcall(loadstring("local a = 1\nwhile a < 'x' do a = a + 1 end"))
----
return pcall(loadstring("local a = {}\nreturn a.x.y,\n1"))
----
local a, b, c = {}, 1 return pcall(function() return a + b, c end), pcall(function() return b + c end), pcall(function() return (a.x).y end), pcall(function() return a.x:y() end), pcall(function() return #a.x end), pcall(function() return -a.x end), pcall(function() return a.x .. 1 end), pcall(function() return a[b].c end), pcall(function() return a[b]() end), pcall(function() a.x.y.z = 1 end)
----
local a = {} local r = {} for i, f in ipairs({function() local x = a.x + 1 end, function() local x = 1 x() end, function() a.b.c() end, function() a:b() end, function() ("x").y.z() end, function() return a < 1 end, function() return a <= "x" end, function() return {} <= {} end, function() for i = a, 1 do end end, function() return a() end, function() return a.x() end, function() local y = a.x return y.z end, function() local y = a.x return y() end, function() return (a or 1)() end, function() return (function() return nil end)().x end, function() return not_there end, function() not_there.x = 1 end, function() a[nil] = 1 end, function() return a .. a end, function() return 2 ^ "x" end, function() return -"x" end, function() return "x" % 2 end}) do r[i] = select(2, pcall(f)) end return table.concat(r, "; ")
----
local r = {} for _, v in ipairs({1e15, 1e16, 123456.789, 1e-7, 2^31, 2^32, 2^52 + 0.5, -1e15, 1e21, 0.1 + 0.2, 100, 1e2, 12345678901234, 5e-324, 1.7976931348623157e308}) do r[#r + 1] = tostring(v) end return table.concat(r, " ")
