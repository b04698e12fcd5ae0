-- The load of one round, run by wrk: every request carries a key chosen at random among all.
-- BENCH_KEYS names the file of the keys, BENCH_ASK what is asked: "me", "verify", "forward-auth", or "static", which asks for
-- an answer that needs no key. BENCH_GATEWAY is the key of who asks about others. done.lua follows.

local requests = {}

function init()
  local gateway, ask = os.getenv("BENCH_GATEWAY"), os.getenv("BENCH_ASK")
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  for key in io.lines(os.getenv("BENCH_KEYS")) do
    local bearer = { ["Authorization"] = "Bearer " .. key }
    if ask == "verify" then
      local headers = { ["Authorization"] = "Bearer " .. gateway, ["Content-Type"] = "application/json" }
      requests[#requests + 1] = wrk.format("POST", "/api/v1/verify", headers, '{"key":"' .. key .. '"}')
    elseif ask == "forward-auth" then
      bearer["X-Latchkey-Gateway-Key"] = gateway
      requests[#requests + 1] = wrk.format("GET", "/api/v1/forward-auth", bearer)
    elseif ask == "static" then
      requests[#requests + 1] = wrk.format("GET", "/static", bearer)
    else
      requests[#requests + 1] = wrk.format("GET", "/api/me", bearer)
    end
  end
end

function request()
  return requests[math.random(#requests)]
end
