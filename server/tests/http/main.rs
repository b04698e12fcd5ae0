//! The data plane and sign-in over a real listening server: what a key's bearer, a service with a gateway key, a reverse
//! proxy and a browser are answered. Every story has a database of its own (engine.rs) and its people and keys (world.rs);
//! none may leave a secret in any log (logs.rs).
#![cfg(test)]

#[macro_use]
mod engine;
mod ask;
mod console;
mod load;
mod logs;
mod upstream;
mod wire;
mod world;

mod answers;
mod audit;
mod away;
mod flash;
mod forward_auth;
mod forward_auth_methods;
mod gateway;
mod guardrails;
mod herd;
mod invites;
mod key_addresses;
mod key_rates;
mod last_used;
mod limits;
mod live;
mod live_owner;
mod mail;
mod me;
mod me_refusals;
mod metrics;
mod models;
mod notices;
mod openapi;
mod password_change;
mod relay;
mod revocation;
mod role_change;
mod rotation;
mod sealing;
mod secrets_in_logs;
mod servers;
mod sessions;
mod sign_in;
mod spend;
mod throttle;
mod ticks;
mod timing;
mod usage_log;
mod verify;
mod verify_input;
