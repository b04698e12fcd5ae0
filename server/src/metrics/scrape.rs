//! The text of `GET /metrics`: what was counted, and what other parts know of themselves at that moment. It comes whether or not
//! the database answers: what only the database knows is left out then.

use crate::Latchkey;
use prometheus::{
    TextEncoder,
    proto::{Counter, Gauge, LabelPair, Metric, MetricFamily, MetricType},
};
use std::time::Duration;
use tokio::time::timeout;

/// The longest that a scrape waits for the database.
const PATIENCE: Duration = Duration::from_secs(2);

type Labels<'a> = &'a [(&'a str, &'a str)];

impl Latchkey {
    /// All metrics as Prometheus reads them.
    pub(crate) async fn scrape(&self) -> Result<String, prometheus::Error> {
        let (lag, ping) = tokio::join!(timeout(PATIENCE, self.records.lag()), timeout(PATIENCE, self.store.ping()));
        let mut families = self.metrics.families();
        families.extend(self.about_the_process());
        families.extend(self.about_records(lag.ok().and_then(Result::ok)));
        families.extend(self.about_uses());
        families.extend(self.about_the_database(matches!(ping, Ok(Ok(())))));
        TextEncoder::new().encode_to_string(&families)
    }

    fn about_the_process(&self) -> [MetricFamily; 2] {
        let build = [("database", self.store.engine()), ("version", env!("CARGO_PKG_VERSION"))];
        [
            gauges("latchkey_build_info", "Always 1; the labels say which program this is.", &[(&build, 1.0)]),
            gauge(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
                // Milliseconds since 1970 are far below what a float holds exactly.
                number(self.metrics.started.0) / 1_000.0,
            ),
        ]
    }

    fn about_records(&self, lag: Option<i64>) -> Vec<MetricFamily> {
        let state = self.records();
        let lookups = "Keys looked for: in memory, an unknown id included, or in the database.";
        let mut families = vec![
            gauge("latchkey_records", "Records of keys held in memory.", number(state.held)),
            counters(
                "latchkey_record_lookups_total",
                lookups,
                &[(&[("from", "memory")], number(state.hits)), (&[("from", "database")], number(state.misses))],
            ),
            gauge(
                "latchkey_lease_held",
                "1 while the records in memory can be trusted; otherwise every request asks the database.",
                if state.trusted { 1.0 } else { 0.0 },
            ),
            gauge(
                "latchkey_change_applied",
                "Number of the last change that this process has applied; -1 before the first.",
                number(state.applied),
            ),
        ];
        families.extend(lag.map(|lag| {
            gauge("latchkey_change_lag", "Changes that this process has not applied yet.", number(lag.max(0)))
        }));
        families
    }

    fn about_uses(&self) -> [MetricFamily; 3] {
        let recorder = self.recorder();
        [
            gauge(
                "latchkey_usage_queue",
                "Requests that wait to be written into the log of uses.",
                number(recorder.depth()),
            ),
            counter(
                "latchkey_usage_written_total",
                "Requests that were written into the log of uses.",
                number(recorder.written()),
            ),
            counter(
                "latchkey_usage_dropped_total",
                "Requests that the log of uses lacks. They are counted all the same.",
                number(recorder.dropped()),
            ),
        ]
    }

    fn about_the_database(&self, up: bool) -> [MetricFamily; 3] {
        let pools = self.store.pools();
        let labels: Vec<[(&str, &str); 1]> = pools.iter().map(|pool| [("pool", pool.name)]).collect();
        let of = |value: fn(&store::Pool) -> u32| -> Vec<(Labels<'_>, f64)> {
            pools.iter().zip(&labels).map(|(pool, labels)| (&labels[..], f64::from(value(pool)))).collect()
        };
        [
            gauge("latchkey_database_up", "1 if the database answered this scrape.", if up { 1.0 } else { 0.0 }),
            gauges(
                "latchkey_database_connections",
                "Connections to the database, in use or not.",
                &of(|pool| pool.open),
            ),
            gauges(
                "latchkey_database_connections_idle",
                "Connections to the database that nobody uses.",
                &of(|pool| pool.idle),
            ),
        ]
    }
}

fn gauge(name: &str, help: &str, value: f64) -> MetricFamily {
    gauges(name, help, &[(&[], value)])
}

fn gauges(name: &str, help: &str, values: &[(Labels<'_>, f64)]) -> MetricFamily {
    family(name, help, MetricType::GAUGE, values, |metric, value| {
        let mut gauge = Gauge::default();
        gauge.set_value(value);
        metric.set_gauge(gauge);
    })
}

fn counter(name: &str, help: &str, value: f64) -> MetricFamily {
    counters(name, help, &[(&[], value)])
}

fn counters(name: &str, help: &str, values: &[(Labels<'_>, f64)]) -> MetricFamily {
    family(name, help, MetricType::COUNTER, values, |metric, value| {
        let mut counter = Counter::default();
        counter.set_value(value);
        metric.set_counter(counter);
    })
}

fn family(
    name: &str,
    help: &str,
    kind: MetricType,
    values: &[(Labels<'_>, f64)],
    set: fn(&mut Metric, f64),
) -> MetricFamily {
    let metric = |(labels, value): &(Labels<'_>, f64)| {
        let mut metric = Metric::from_label(labels.iter().map(|(name, value)| label(name, value)).collect());
        set(&mut metric, *value);
        metric
    };
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(values.iter().map(metric).collect());
    family
}

fn label(name: &str, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

/// A count as Prometheus has it.
#[expect(clippy::cast_precision_loss, reason = "Prometheus has floats alone; no count comes near 2^53")]
fn number(count: impl TryInto<i64>) -> f64 {
    count.try_into().unwrap_or(i64::MAX) as f64
}

#[cfg(test)]
mod tests {
    use crate::{CACHED_KEYS, Clock, Config, Random, auth::Caller, workspaces};
    use domain::{
        key::Prefix,
        workspace::{Plan, Settings},
    };
    use std::time::Duration;

    /// The value of a metric without labels.
    fn value(text: &str, name: &str) -> Option<String> {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
    }

    #[tokio::test]
    async fn what_is_not_applied_is_the_lag() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database: format!("sqlite:{}", folder.path().join("latchkey.db").display()).parse().unwrap(),
            public_url: "http://127.0.0.1:3000".into(),
            prefix: Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: CACHED_KEYS,
            usage_events_per_second: crate::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: crate::USAGE_RETENTION_DAYS,
            master_key_file: folder.path().join("master.key"),
            allow_private_upstreams: false,
            ceilings: domain::model::Ceilings::default(),
            patience: crate::Patience::default(),
            relay_memory: crate::RELAY_MEMORY,
            metrics_token: None,
        };
        let latchkey = crate::open(config, Clock::system(), Random::system()).await.unwrap();
        let instance = Caller::operator(&latchkey).instance().unwrap();
        workspaces::create(&instance, "acme", "Acme", Plan::Pro, Settings::default()).await.unwrap();
        latchkey.keep_records();
        let follows = |text: &str| ["latchkey_change_lag", "latchkey_lease_held"].map(|name| value(text, name));
        let mut text = latchkey.scrape().await.unwrap();
        // In its first round it has read everything before it holds its lease.
        for _ in 0..3_000 {
            if follows(&text) == [Some("0".into()), Some("1".into())] {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            text = latchkey.scrape().await.unwrap();
        }
        assert_eq!(follows(&text), [Some("0".into()), Some("1".into())]);
        let applied = value(&text, "latchkey_change_applied").unwrap();
        // It follows no longer.
        latchkey.records.stop().await;
        for plan in [Plan::Basic, Plan::Pro] {
            let grant = Caller::operator(&latchkey).in_workspace("acme").await.unwrap().allow().unwrap();
            workspaces::update(&grant, plan, Settings::default()).await.unwrap();
        }
        let text = latchkey.scrape().await.unwrap();
        assert_eq!(value(&text, "latchkey_change_lag").as_deref(), Some("2"));
        assert_eq!(value(&text, "latchkey_lease_held").as_deref(), Some("0"));
        assert_eq!(value(&text, "latchkey_change_applied"), Some(applied));
        latchkey.shut_down().await;
    }
}
