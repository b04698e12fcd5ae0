-- The load of one round, run by wrk: every request carries a key chosen at random among all of them.
-- BENCH_KEYS names the file of the keys; with BENCH_GATEWAY the requests ask about the key, else they carry it.

local requests = {}

function init()
  local gateway = os.getenv("BENCH_GATEWAY")
  math.randomseed(tonumber(os.getenv("BENCH_SEED")))
  for key in io.lines(os.getenv("BENCH_KEYS")) do
    if gateway then
      local headers = { ["Authorization"] = "Bearer " .. gateway, ["Content-Type"] = "application/json" }
      requests[#requests + 1] = wrk.format("POST", "/api/v1/verify", headers, '{"key":"' .. key .. '"}')
    else
      requests[#requests + 1] = wrk.format("GET", "/api/me", { ["Authorization"] = "Bearer " .. key })
    end
  end
end

function request()
  return requests[math.random(#requests)]
end

-- Requests, microseconds, p50 and p99 in microseconds, failures.
function done(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("\nbench %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
