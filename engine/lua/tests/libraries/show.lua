local function show(v, depth)
  local kind = type(v)
  if kind == 'string' then return 's' .. v end
  if kind == 'number' then return 'n' .. string.format('%.17g', v) end
  if kind == 'boolean' or kind == 'nil' or v == cjson.null then return tostring(v) end
  if kind ~= 'table' or depth > 8 then return kind end
  local out = {}
  for k, e in pairs(v) do out[#out + 1] = show(k, depth + 1) .. '=' .. show(e, depth + 1) end
  return '{' .. table.concat(out, ',') .. '}'
end
local function all(...)
  local out = {}
  for i = 1, select('#', ...) do out[i] = show((select(i, ...)), 0) end
  return out
end
