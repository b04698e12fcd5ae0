-- The load on an MCP server, run by wrk: one message to the address that wrk is given. BENCH_BODY is the message with %d for its id,
-- BENCH_HEADERS its headers, one a line. No two requests under way have one id: servers keep what is under way of a session by it.
-- done.lua follows.

local requests, last = {}, 0

function init()
  local headers = {}
  for name, value in os.getenv("BENCH_HEADERS"):gmatch("([^:\n]+): ([^\n]*)") do headers[name] = value end
  for id = 1, 10000 do
    requests[id] = wrk.format("POST", nil, headers, os.getenv("BENCH_BODY"):format(id))
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end
