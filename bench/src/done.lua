-- The end of each script that wrk runs: the line that the bench takes apart. BENCH_STATUS is the status that is right.

-- Requests, microseconds, p50 and p99 in microseconds, failures. wrk counts the statuses from 400 on.
function done(summary, latency)
  local e = summary.errors
  local wrong = e.status
  if tonumber(os.getenv("BENCH_STATUS")) >= 400 then wrong = summary.requests - e.status end
  local failed = e.connect + e.read + e.write + e.timeout + wrong
  io.write(string.format("\nbench %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
