//! Keys of common services, by the prefixes that these give them.

use super::super::finder::Finder;
use std::ops::Range;

/// One form a line: the longest run that is taken is well above what the service gives out.
const FORMS: [&str; 13] = [
    // Anthropic, OpenAI and those that copy its form.
    r"sk-ant-[A-Za-z0-9_-]{20,300}",
    r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,300}",
    r"sk-(?:or-v1-)?[A-Za-z0-9]{32,100}",
    // GitHub, classic and fine-grained; GitLab.
    r"gh[pousr]_[A-Za-z0-9]{36,255}",
    r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59,255}",
    r"glpat-[A-Za-z0-9_-]{20,300}",
    // AWS access key ids; Google.
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)",
    r"AIza[A-Za-z0-9_-]{35}",
    // Slack, both kinds; Stripe's live keys (its test keys open nothing).
    r"xox[abeoprs]-[A-Za-z0-9-]{10,300}",
    r"xapp-[0-9]-[A-Za-z0-9-]{10,300}",
    r"[rs]k_live_[A-Za-z0-9]{16,250}",
    // Hugging Face; npm.
    r"hf_[A-Za-z0-9]{34,40}(?-u:\b)",
    r"npm_[A-Za-z0-9]{36}(?-u:\b)",
];

pub(super) fn finder() -> Result<Finder, String> {
    Finder::checked(&format!(r"(?-u:\b)(?:{})", FORMS.join("|")), check)
}

/// Prefixes that words may begin with too (`sk-`, `xox`) are believed only before something with a digit in it.
fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let key = &text[found.clone()];
    let ambiguous = key.starts_with("sk-") || key.starts_with("xox") || key.starts_with("glpat");
    (!ambiguous || key.bytes().any(|b| b.is_ascii_digit())).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, samples::holds};

    #[test]
    fn keys() {
        // Put together here, so that no scanner of the repository takes them for real ones.
        let long = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS1tU3vW5xY7zA9bC1dE3fG5h";
        for (prefix, length) in [
            ("sk-", 48),
            ("sk-proj-", 64),
            ("sk-svcacct-", 64),
            ("sk-ant-api03-", 80),
            ("sk-or-v1-", 64),
            ("ghp_", 36),
            ("gho_", 36),
            ("ghs_", 36),
            ("glpat-", 20),
            ("AIza", 35),
            ("xoxb-", 40),
            ("xoxp-", 40),
            ("xapp-1-", 40),
            ("sk_live_", 24),
            ("rk_live_", 24),
            ("hf_", 34),
            ("npm_", 36),
        ] {
            let key = format!("{prefix}{}", &long[..length]);
            for text in [format!("KEY={key}"), format!("\"{key}\","), format!("Bearer {key}\n"), format!("密钥{key}。")]
            {
                assert_eq!(holds(Detector::ApiKey, &text), [key.as_str()], "{text}");
            }
        }
        let fine = format!("github_pat_{}_{}", &long[..22], &long[..59]);
        assert_eq!(holds(Detector::ApiKey, &fine), [fine.as_str()]);
        let aws = format!("AKIA{}", "IOSFODNN7EXAMPLE");
        assert_eq!(holds(Detector::ApiKey, &format!("id {aws}, {aws}")), [aws.as_str(), aws.as_str()]);
    }

    #[test]
    fn look_alikes() {
        for text in [
            "task-management-and-the-other-things-that-follow",
            "class=\"sk-chasing-dot sk-cube-grid-of-spinners\"",
            "sk-ant-this-names-no-key-but-words",
            "sk-estonianlanguagewordsinonelongpiece",
            "AKIA is the prefix, AKIA1234 is short",
            "AKIAIOSFODNN7EXAMPLEANDMORE",
            "ghp_short and github_pat_short",
            "xoxo-hugs-and-kisses",
            "xoxb-hugs-and-kisses-to-all",
            "sk_test_aB3dE5fG7hJ9kL1mN3pQ5rS7",
            "hf_transformers and npm_config_registry",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ] {
            assert_eq!(holds(Detector::ApiKey, text), [""; 0], "{text}");
        }
    }
}
