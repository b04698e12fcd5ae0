//! See `server::http::fuzz::verify_body`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::verify_body(data));
