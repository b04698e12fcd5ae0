//! The forty keys that are still listed and the three that are not, workspace by workspace, owner by owner.

use super::story::{Fate, Life, Origin, life};

const MINUTES_A_DAY: i64 = 24 * 60;

const PIPELINE: Origin = Origin("203.0.113.18", "curl/8.14.1", "verify");
const CLUSTER: Origin = Origin("10.42.3.17", "Go-http-client/2.0", "forward-auth");
const BATCH: Origin = Origin("10.42.8.5", "python-httpx/0.28.1", "me");
const NOTEBOOK: Origin = Origin("198.51.100.77", "python-requests/2.32.5", "me");
const LAPTOP: Origin =
    Origin("2001:db8:21:7::4a", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "me");
const EDITOR: Origin = Origin("198.51.100.23", "vscode/1.107.0 (mcp)", "forward-auth");
const AGENT: Origin = Origin("10.42.5.31", "mcp-client/1.4 node/24", "forward-auth");
const TERRAFORM: Origin = Origin("203.0.113.40", "Terraform/1.14.0", "verify");
const METRICS: Origin = Origin("10.42.1.9", "Prometheus/3.7.3", "me");
const PHONE: Origin = Origin("192.0.2.201", "okhttp/5.3.0", "me");
const PROXY: Origin = Origin("10.42.0.2", "nginx/1.29.3", "verify");

/// The last use, in minutes ago.
const fn days(days: i64) -> i64 {
    days * MINUTES_A_DAY + 190
}

/// Every key.
pub const KEYS: [Life; 43] = [
    // Acme, Ada: what the company runs on.
    life("acme", "ada", "Edge gateway", 119)
        .says("nginx asks with it whether a request may pass")
        .on("prod")
        .writes()
        .gateway()
        .used(PROXY, 60, 2),
    life("acme", "ada", "Edge gateway, staging", 112).on("staging").writes().gateway().used(PROXY, 14, 95),
    life("acme", "ada", "Old edge gateway", 118).on("prod").gateway().used(PROXY, 20, days(61)).fate(Fate::Deleted(60)),
    life("acme", "ada", "Terraform", 101)
        .says("Plans and applies the infrastructure repository")
        .on("prod")
        .writes()
        .lives(180)
        .used(TERRAFORM, 9, 340),
    life("acme", "ada", "Audit export", 88).says("Nightly export for the auditors").on("prod").used(BATCH, 7, 410),
    life("acme", "ada", "Break glass", 87).says("Sealed envelope in the safe. Do not use.").on("prod").writes(),
    life("acme", "ada", "Penetration test, autumn", 64).on("staging").writes().lives(14).used(NOTEBOOK, 30, days(51)),
    // Acme, Ben: pipelines and services.
    life("acme", "ben", "Deploy pipeline", 110)
        .says("Deploys main after the tests")
        .on("prod")
        .writes()
        .used(PIPELINE, 35, 12),
    life("acme", "ben", "Deploy pipeline, staging", 110).on("staging").writes().used(PIPELINE, 42, 4),
    life("acme", "ben", "Preview environments", 76).on("preview").writes().lives(90).used(PIPELINE, 18, 55),
    life("acme", "ben", "Billing service", 97)
        .says("Invoices, dunning, VAT reports")
        .on("prod")
        .writes()
        .used(CLUSTER, 50, 1),
    life("acme", "ben", "Search indexer", 83).on("prod").used(CLUSTER, 21, 26).fate(Fate::PausedForAWhile(30)),
    life("acme", "ben", "Load test", 45).on("staging").writes().lives(30).used(BATCH, 25, days(16)),
    life("acme", "ben", "Migration 2026-09", 58)
        .says("One-off: moves the attachments")
        .on("prod")
        .writes()
        .used(BATCH, 40, days(52))
        .fate(Fate::Paused(50)),
    life("acme", "ben", "Grafana", 104).on("prod").used(METRICS, 28, 3),
    life("acme", "ben", "ben@laptop", 27).lives(30).used(LAPTOP, 16, 71),
    life("acme", "ben", "Webhook receiver", 2).on("staging").writes().lives(365),
    // Acme, Chiara: data and agents.
    life("acme", "chiara", "Support agent", 38)
        .says("Answers tickets; reads orders, writes drafts")
        .on("prod")
        .writes()
        .lives(90)
        .used(AGENT, 55, 6),
    life("acme", "chiara", "Research agent", 29).on("dev").lives(60).used(AGENT, 20, 150),
    life("acme", "chiara", "Editor", 33).says("The MCP servers in my editor").on("dev").used(EDITOR, 24, 33),
    life("acme", "chiara", "Notebook, churn model", 71).on("dev").lives(60).used(NOTEBOOK, 12, days(12)),
    life("acme", "chiara", "Warehouse sync", 92).on("prod").used(BATCH, 14, 230),
    life("acme", "chiara", "Hackathon 🚀", 49).writes().lives(7).used(LAPTOP, 45, days(43)),
    life("acme", "chiara", "Leaked in a screenshot", 24)
        .says("Replaced the same day")
        .on("dev")
        .used(EDITOR, 20, days(20))
        .fate(Fate::Deleted(20)),
    // Acme, Erik: he left, and what he made stopped with him.
    life("acme", "erik", "Status page", 99).on("prod").used(METRICS, 28, days(18)),
    life("acme", "erik", "Mobile beta", 54).on("staging").writes().used(PHONE, 22, days(19)),
    life("acme", "erik", "erik-dev", 90).lives(60).used(LAPTOP, 10, days(31)),
    // Northwind, Chiara: its administrator.
    life("northwind", "chiara", "Shop gateway", 93)
        .says("Guards the order API")
        .on("prod")
        .writes()
        .gateway()
        .used(PROXY, 45, 8),
    life("northwind", "chiara", "Stock sync", 90).on("prod").writes().used(CLUSTER, 28, 17),
    life("northwind", "chiara", "Price feed", 85).on("prod").lives(365).used(BATCH, 14, 66),
    life("northwind", "chiara", "Supplier portal", 70)
        .says("Handed to the supplier's developers")
        .on("prod")
        .lives(71)
        .used(NOTEBOOK, 8, 520),
    life("northwind", "chiara", "Seasonal shop", 89)
        .on("prod")
        .writes()
        .used(CLUSTER, 30, days(36))
        .fate(Fate::Paused(35)),
    // Northwind, Ben.
    life("northwind", "ben", "Deploy pipeline", 91).on("prod").writes().used(PIPELINE, 20, 44),
    life("northwind", "ben", "Deploy pipeline, staging", 91).on("staging").writes().used(PIPELINE, 26, 21),
    life("northwind", "ben", "Smoke tests", 63).on("staging").lives(90).used(PIPELINE, 21, 21),
    life("northwind", "ben", "Trial of the new importer", 20).on("staging").writes().lives(21).used(BATCH, 15, 130),
    life("northwind", "ben", "Copy of a copy", 40).fate(Fate::Deleted(39)),
    // Northwind, Deniz: a viewer with read-only keys of her own.
    life("northwind", "deniz", "Sales dashboard", 66)
        .says("The screen by the entrance")
        .on("prod")
        .used(METRICS, 21, 5),
    life("northwind", "deniz", "Spreadsheet", 48).lives(90).used(LAPTOP, 6, days(2)),
    life("northwind", "deniz", "Monthly report, old", 80).used(NOTEBOOK, 2, days(44)).fate(Fate::Paused(40)),
    // Northwind, Erik.
    life("northwind", "erik", "Driver app", 60).on("prod").writes().lives(120).used(PHONE, 48, 2),
    life("northwind", "erik", "Driver app, staging", 60).on("staging").writes().lives(30).used(PHONE, 12, days(30)),
    life("northwind", "erik", "Route planner", 1).on("dev").lives(7).used(EDITOR, 30, 15),
];
