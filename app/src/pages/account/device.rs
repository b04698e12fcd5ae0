//! What a user agent says about a device, roughly: enough for people to know their own.

/// By what a browser is known. What comes first counts: nearly all call themselves Chrome and Safari too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// By what a system is known: a phone says that it is Linux, and an iPhone that it is like Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

/// A device's name, such as `Firefox on Linux`; the agent's own beginning where neither is known.
pub fn device(agent: &str) -> String {
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => "Unknown device".to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, name) in [
            (format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/156.0 Safari/537.36"), "Chrome on Linux"),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541) {webkit} Chrome/156.0 Safari/537.36"), "Chrome on ChromeOS"),
            (format!("Mozilla/5.0 (Windows NT 10.0) {webkit} Chrome/156.0 Safari/537.36 Edg/156.0"), "Edge on Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0".into(), "Firefox on Linux"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"
                    .into(),
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/156.0 Safari/604.1"
                    .into(),
                "Chrome on iPhone",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 16) {webkit} SamsungBrowser/28.0 Chrome/130.0"),
                "Samsung Internet on Android",
            ),
            ("curl/8.5".into(), "curl/8.5"),
            (String::new(), "Unknown device"),
        ] {
            assert_eq!(device(&agent), name, "{agent}");
        }
        assert_eq!(device(&"é".repeat(90)), "é".repeat(40));
    }
}
