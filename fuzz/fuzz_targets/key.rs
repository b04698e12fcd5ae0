//! See `server::http::fuzz::key`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::key(data));
