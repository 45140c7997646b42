local f, e = loadstring(ARGV[1], "@user_script")
if not f then return "compile: " .. e end
local function show(ok, ...)
  local s = tostring(ok)
  for i = 1, select('#', ...) do
    local v = select(i, ...)
    s = s .. "|" .. type(v) .. ":" .. tostring(v)
  end
  return s
end
return show(pcall(f))
