//! See `server::http::fuzz::forwarded_for`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::forwarded_for(data));
