//! See `server::http::fuzz::credential`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| server::http::fuzz::credential(data));
