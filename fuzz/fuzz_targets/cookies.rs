//! See `server::http::fuzz::cookies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::cookies(data));
