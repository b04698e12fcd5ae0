//! The command line from outside: the real program, over a fresh database for every test, as scripts and people run it.
//! Tests on PostgreSQL need `LATCHKEY_TEST_POSTGRES`; without it they fail, because a test that passes without having run
//! would be a lie.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper that fails fails its test")]

#[macro_use]
mod home;
mod audit;
mod backup;
mod beside;
mod bounds;
mod check;
mod commands;
mod crowd;
mod demo;
mod disk;
mod export;
mod instances;
mod names;
mod notices;
mod power;
mod proxies;
mod readable;
mod refusals;
mod restart;
mod secrets;
mod serve;
mod served;
mod settings;
mod storm;
mod tables;
mod whoami;
