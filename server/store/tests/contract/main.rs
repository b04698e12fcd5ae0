//! The store's contract: every public function and every way it fails, each story told once and run on SQLite and on
//! PostgreSQL. Stories talk to a `World` (world.rs) on a database of their own (engine.rs).

#[macro_use]
mod engine;
#[macro_use]
mod world;

mod audit;
mod audit_log;
mod changes;
mod directory;
mod expiry_mails;
mod guardrails;
mod invites;
mod isolation;
mod keys_batch;
mod keys_change;
mod keys_create;
mod keys_everywhere;
mod keys_limits;
mod keys_list;
mod keys_rotate;
mod keys_search;
mod lock_order;
mod long_forms;
mod lookup;
mod members;
mod migrations;
mod notices;
mod one_key;
mod policies;
mod prices;
mod providers;
mod read_only;
mod samples;
mod server_credentials;
mod servers;
mod sessions;
mod spend;
mod spend_mails;
mod spend_recover;
mod usage;
mod usage_counts;
mod usage_days;
mod usage_hours;
mod usage_log;
mod users;
mod uses;
mod workspaces;
