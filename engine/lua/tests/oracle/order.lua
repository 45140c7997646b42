local t = {} for i = 1, 30 do t["k" .. i] = i end local s = "" for k, v in pairs(t) do s = s .. k .. " " end return s
----
local t = {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7} local s = "" for k, v in pairs(t) do s = s .. k end return s
----
local t = {1, 2, 3, x = 1, y = 2, [10] = 10, [100] = 100, [1.5] = 0, [true] = 1, [false] = 2, [-1] = 3, [0] = 4} local s = "" for k, v in pairs(t) do s = s .. tostring(k) .. " " end return s
----
local t = {} for i = 100, 1, -1 do t[i] = i end local s = "" for k in pairs(t) do s = s .. k .. " " end return s, #t
----
local t = {} for i = 1, 40 do t[i * 3] = i end local s = "" for k in pairs(t) do s = s .. k .. " " end return s, #t
----
local t = {} for i = 1, 20 do t[2 ^ i] = i end local s = "" for k in pairs(t) do s = s .. k .. " " end return s, #t
----
local t = {} for i = 1, 20 do t["key" .. i] = i end for i = 1, 20, 2 do t["key" .. i] = nil end for i = 30, 36 do t["key" .. i] = i end local s = "" for k in pairs(t) do s = s .. k .. " " end return s
----
local t = {} for i = 1, 12 do t[i / 4] = i end local s = "" for k in pairs(t) do s = s .. k .. " " end return s
----
local t = {10, 20, 30, nil, 50} local s = "" for k, v in pairs(t) do s = s .. k .. "=" .. v .. " " end return s, #t
----
local t = {n = 1, 10, m = 2, 20, [3] = 30, o = 4} local s = "" for k, v in pairs(t) do s = s .. k .. "=" .. v .. " " end return s
----
local t = {} t.x = 1 t.y = 2 t.z = 3 t.x = nil t.w = 4 t.v = 5 local s = "" for k in pairs(t) do s = s .. k end return s
----
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v) end}) t.a = 1 t.b = 2 t.c = 3 t.d = 4 t.e = 5 local s = "" for k in pairs(t) do s = s .. k end return s
----
local t = {} for i = 1, 50 do t["a long key that is longer than thirty two characters " .. i] = i end local s = "" for k, v in pairs(t) do s = s .. v .. " " end return s
----
local t = {} for _, k in ipairs({"name", "id", "age", "email", "tags", "created", "updated", "x", "y", "status"}) do t[k] = 1 end local s = "" for k in pairs(t) do s = s .. k .. " " end return s
----
local t = {} for i = -20, 20 do t[i] = 1 end local s = "" for k in pairs(t) do s = s .. k .. " " end return s, #t
----
local t = {1, 2, 3, 4, 5, 6, 7, 8} for i = 9, 20 do t[i] = i end for i = 1, 8 do t[i] = nil end t.x = 1 local s = "" for k in pairs(t) do s = s .. k .. " " end return s, #t
----
local t = {} for i = 1, 10 do t[i] = i end for k in pairs(t) do t[k] = nil end return next(t)
----
local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t[k] = nil end return next(t)
----
return next({}), next({5}), next({x = 5}), next({1, 2}, 1)
----
local t = {} for i = 1, 1000 do t[i] = i end for i = 1, 1000 do t[i] = nil end t[1] = 1 return #t
----
local t = {} for i = 1, 33 do t[#t + 1] = i end return #t, t[33]
----
local t = {} t[1] = 1 t[2] = 2 t[4] = 4 return #t
----
local t = {} t[1] = 1 t[2] = 2 t[3] = 3 t[5] = 5 t[6] = 6 return #t
----
local t = {nil, nil, 3} return #t
----
local t = {1, nil, 3, nil} return #t
----
local t = {} t[1e15] = 1 t[2^53] = 2 t[0.1] = 3 t[-0.1] = 4 t[1e300] = 5 t[1/0] = 6 t[-1/0] = 7 local s = "" for k in pairs(t) do s = s .. k .. " " end return s
----
local t = {} for w in pairs({alpha = 1, beta = 1, gamma = 1, delta = 1, epsilon = 1}) do t[#t + 1] = w end return unpack(t)
----
local t = setmetatable({}, {__mode = "k"}) t[{}] = 1 t.x = 2 collectgarbage() local n = 0 for k in pairs(t) do n = n + 1 end return n
----
local t = setmetatable({}, {__mode = "v"}) t[1] = {} t[2] = "s" t.x = {} local keep = {} t.y = keep collectgarbage() local n = 0 for k in pairs(t) do n = n + 1 end return n
----
local t = {} for i = 1, 100 do t[i] = {} t[i].self = t[i] end t = nil collectgarbage() collectgarbage() return collectgarbage("count") < 10000
----
local s = "" for i, v in ipairs({1, 2, nil, 4}) do s = s .. i end return s
----
local t = {} for i, v in ipairs(setmetatable({}, {__index = function(t, i) if i < 4 then return i end end})) do t[#t + 1] = i end return #t
----
local t = {} for i = 1, 3 do t[i] = i end local s = "" for k, v in next, t do s = s .. k .. v end return s
----
local t = {1, 2, 3} local s = "" for k, v, extra in pairs(t) do s = s .. k .. v .. tostring(extra) end return s
----
local g = "" local n = 0 for k in pairs(_G) do n = n + 1 end return n > 20
