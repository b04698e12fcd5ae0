//! Commands in the words of three shells. A word that a shell can't carry safely is refused rather than written: the
//! connect helper leaves that shell out.

use crate::field::is_deceptive;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shell {
    /// `sh`, bash, zsh: Linux and macOS.
    Posix,
    /// PowerShell on Windows.
    PowerShell,
    /// The command prompt of Windows.
    Cmd,
}

impl Shell {
    /// Every shell, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Posix, Self::PowerShell, Self::Cmd];

    /// Its name in forms and tabs' ids.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Posix => "posix",
            Self::PowerShell => "powershell",
            Self::Cmd => "cmd",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Posix => "macOS and Linux",
            Self::PowerShell => "PowerShell",
            Self::Cmd => "Command Prompt",
        }
    }

    /// One word as the shell reads it; `None` if it can't carry it safely.
    #[must_use]
    pub fn quote(self, word: &str) -> Option<String> {
        match self {
            Self::Posix => posix(word),
            Self::PowerShell => powershell(word),
            Self::Cmd => cmd(word),
        }
    }

    /// A command: program and arguments.
    pub(super) fn call<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let words: Option<Vec<String>> = words.into_iter().map(|word| self.quote(word)).collect();
        words.map(|words| words.join(" "))
    }

    /// Sets a variable for the commands that follow. The value has only letters, digits and `_`, as keys do.
    pub(super) fn set(self, name: &str, value: &str) -> Option<String> {
        value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_').then(|| match self {
            Self::Posix => format!("export {name}={value}"),
            Self::PowerShell => format!("$env:{name} = '{value}'"),
            Self::Cmd => format!("set \"{name}={value}\""),
        })
    }
}

/// Single quotes take everything literally; a single quote itself closes them, stands escaped, and opens them again.
fn posix(word: &str) -> Option<String> {
    if word.contains(is_deceptive) {
        return None;
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&b);
    Some(if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    })
}

/// PowerShell's single quotes, in which each of its five quote characters is doubled; and within them what the program's own
/// reader wants, since PowerShell hands double quotes on bare.
fn powershell(word: &str) -> Option<String> {
    let word = argument(word)?;
    if is_plain(&word) {
        return Some(word);
    }
    let mut quoted = String::from("'");
    for c in word.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201B}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    Some(quoted)
}

/// Double quotes, and within them what the program's own reader wants.
fn cmd(word: &str) -> Option<String> {
    let word = argument(word)?;
    Some(if is_plain(&word) { word } else { format!("\"{word}\"") })
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b))
}

/// A word as a Windows program's reader wants it: double quotes escaped, with the backslashes before them doubled.
///
/// Most of these programs are `.cmd` files, so `cmd.exe` reads the line once more, also when PowerShell started it, and
/// knows nothing of escaped quotes: what it gives a meaning to outside of quotes has no safe form and is refused.
fn argument(word: &str) -> Option<String> {
    if word.is_empty() || word.contains(is_deceptive) || word.contains(['%', '!', '^', '&', '|', '<', '>', '(', ')']) {
        return None;
    }
    // At the end they would escape the closing quote.
    if word.ends_with('\\') {
        return None;
    }
    let mut escaped = String::new();
    let mut backslashes = 0;
    for c in word.chars() {
        if c == '"' {
            escaped.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        escaped.push(c);
    }
    Some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_shell_has_its_own() {
        for (word, posix, powershell, cmd) in [
            ("plain-1.2:/x", "plain-1.2:/x", Some("plain-1.2:/x"), Some("plain-1.2:/x")),
            ("a b", "'a b'", Some("'a b'"), Some("\"a b\"")),
            ("it's", r"'it'\''s'", Some("'it''s'"), Some("\"it's\"")),
            ("‘x’", "'‘x’'", Some("'‘‘x’’'"), Some("\"‘x’\"")),
            (r#"{"a":"b c"}"#, r#"'{"a":"b c"}'"#, Some(r#"'{\"a\":\"b c\"}'"#), Some(r#""{\"a\":\"b c\"}""#)),
            (r#"a\"b"#, r#"'a\"b'"#, Some(r#"'a\\\"b'"#), Some(r#""a\\\"b""#)),
            ("http://[::1]/", "'http://[::1]/'", Some("'http://[::1]/'"), Some("\"http://[::1]/\"")),
            ("$(id)", "'$(id)'", None, None),
            ("$HOME `id`", "'$HOME `id`'", Some("'$HOME `id`'"), Some("\"$HOME `id`\"")),
            ("%PATH%", "'%PATH%'", None, None),
            ("a&b", "'a&b'", None, None),
            ("a;b", "'a;b'", Some("'a;b'"), Some("\"a;b\"")),
            (r"a b\", r"'a b\'", None, None),
            ("", "''", None, None),
        ] {
            assert_eq!(Shell::Posix.quote(word).as_deref(), Some(posix), "{word}");
            assert_eq!(Shell::PowerShell.quote(word).as_deref(), powershell, "{word}");
            assert_eq!(Shell::Cmd.quote(word).as_deref(), cmd, "{word}");
        }
    }

    #[test]
    fn no_shell_takes_a_second_line_or_a_hidden_character() {
        for word in ["a\nb", "a\r", "a\0", "\u{1B}[2J", "a\u{202E}b"] {
            for shell in Shell::ALL {
                assert_eq!(shell.quote(word), None, "{word:?}");
            }
        }
    }

    #[test]
    fn variables() {
        assert_eq!(Shell::Posix.set("A", "lk_1").as_deref(), Some("export A=lk_1"));
        assert_eq!(Shell::PowerShell.set("A", "lk_1").as_deref(), Some("$env:A = 'lk_1'"));
        assert_eq!(Shell::Cmd.set("A", "lk_1").as_deref(), Some("set \"A=lk_1\""));
        assert!(Shell::ALL.into_iter().all(|shell| shell.set("A", "a b").is_none() && shell.set("A", "a'").is_none()));
    }

    /// What PowerShell's reader makes of a word in single quotes; `None` if the quotes end before the word does.
    fn read_by_powershell(quoted: &str) -> Option<String> {
        let inner = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
        let (mut read, mut chars) = (String::new(), inner.chars());
        while let Some(c) = chars.next() {
            if matches!(c, '\'' | '\u{2018}'..='\u{201B}') && chars.next() != Some(c) {
                return None;
            }
            read.push(c);
        }
        Some(read)
    }

    /// What a Windows program's reader makes of an argument without its outer quotes.
    fn read_by_program(argument: &str) -> Option<String> {
        let (mut read, mut backslashes) = (String::new(), 0);
        for c in argument.chars() {
            match c {
                '\\' => {
                    backslashes += 1;
                    continue;
                }
                // An even number would leave the quote bare: it would end the argument.
                '"' if backslashes % 2 == 0 => return None,
                '"' => read.extend(std::iter::repeat_n('\\', backslashes / 2)),
                _ => read.extend(std::iter::repeat_n('\\', backslashes)),
            }
            backslashes = 0;
            read.push(c);
        }
        read.extend(std::iter::repeat_n('\\', backslashes));
        Some(read)
    }

    proptest! {
        #[test]
        fn no_word_breaks_out_of_powershell(word in any::<String>()) {
            if let Some(quoted) = powershell(&word) {
                let handed_on = if is_plain(&quoted) { quoted } else { read_by_powershell(&quoted).unwrap() };
                prop_assert_eq!(read_by_program(&handed_on), Some(word));
            }
        }

        #[test]
        fn no_word_breaks_out_of_cmd(word in "[ -~]{1,20}") {
            if let Some(quoted) = cmd(&word) {
                prop_assert!(!quoted.contains(['%', '!', '^', '&', '|', '<', '>', '(', ')', '\n']));
                let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&quoted);
                prop_assert_eq!(read_by_program(inner), Some(word));
            }
        }
    }
}
