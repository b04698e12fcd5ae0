//! What a provider says about trying again, as far as it goes on to the client. OpenAI's packages read `retry-after-ms` and
//! `x-should-retry` before `Retry-After`. Called for every answer of a provider that is not streamed.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::RETRY_AFTER};

/// The longest text of milliseconds: more than a day of them.
const DIGITS_MOST: usize = 9;

/// The headers, those that say what such a header can.
pub(super) fn of(headers: &HeaderMap) -> HeaderMap {
    let known = [RETRY_AFTER, HeaderName::from_static("retry-after-ms"), HeaderName::from_static("x-should-retry")];
    let said = known.into_iter().filter_map(|name| {
        let value = headers.get(&name).filter(|value| says(&name, value))?.clone();
        Some((name, value))
    });
    said.collect()
}

fn says(name: &HeaderName, value: &HeaderValue) -> bool {
    match name.as_str() {
        "retry-after-ms" => is_number(value),
        "x-should-retry" => value == "true" || value == "false",
        _ => true,
    }
}

fn is_number(value: &HeaderValue) -> bool {
    (1..=DIGITS_MOST).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_read_goes_on_and_nothing_else() {
        for (name, value, passes) in [
            ("retry-after", "7", true),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", true),
            ("retry-after-ms", "1500", true),
            ("retry-after-ms", "1500.5", false),
            ("retry-after-ms", "-1", false),
            ("retry-after-ms", "", false),
            ("retry-after-ms", "1000000000", false),
            ("x-should-retry", "true", true),
            ("x-should-retry", "false", true),
            ("x-should-retry", "maybe", false),
            ("x-ratelimit-reset", "1", false),
        ] {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            assert_eq!(of(&headers).contains_key(name), passes, "{name}: {value}");
        }
    }
}
