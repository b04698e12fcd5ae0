//! "Use it": the fresh key in the languages people paste it into.

/// Label and code, filled in with this installation's URL and the key.
pub fn snippets(url: &str, key: &str) -> [(&'static str, String); 5] {
    let curl = format!("curl {url}/api/me \\\n  -H \"Authorization: Bearer {key}\"");
    let javascript = format!(
        "const answer = await fetch(\"{url}/api/me\", {{\n  headers: {{ Authorization: \"Bearer {key}\" }},\n}});\nconsole.log(await answer.json());"
    );
    let python = format!(
        "import urllib.request\n\nrequest = urllib.request.Request(\n    \"{url}/api/me\",\n    headers={{\"Authorization\": \"Bearer {key}\"}},\n)\nprint(urllib.request.urlopen(request).read().decode())"
    );
    let swift = format!(
        "import Foundation\n\nvar request = URLRequest(url: URL(string: \"{url}/api/me\")!)\nrequest.setValue(\"Bearer {key}\", forHTTPHeaderField: \"Authorization\")\nlet (data, _) = try await URLSession.shared.data(for: request)\nprint(String(decoding: data, as: UTF8.self))"
    );
    let env = format!("LATCHKEY_URL={url}\nLATCHKEY_API_KEY={key}");
    [("curl", curl), ("JavaScript", javascript), ("Python", python), ("Swift", swift), ("env", env)]
}
