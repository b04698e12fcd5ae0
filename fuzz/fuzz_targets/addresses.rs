//! See `server::http::fuzz::addresses`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::addresses(data));
