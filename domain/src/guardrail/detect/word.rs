//! Denied words: a word or a phrase, in upper or lower case, on word borders.

use super::{super::finder::Finder, after, before};
use std::ops::Range;

/// The finder of a word. Between the words of a phrase stands any white space, a line break included.
pub(in super::super) fn finder(word: &str) -> Result<Finder, String> {
    let parts: Vec<_> = word.split_whitespace().map(regex_syntax::escape).collect();
    Finder::checked(&format!("(?i){}", parts.join(r"\s{1,8}")), check)
}

/// A word ends where no other character of a word follows: `rat` is not in `rate`. Scripts without spaces between words have
/// no such borders; theirs is found wherever it stands.
fn check(text: &str, found: Range<usize>) -> Option<Range<usize>> {
    let word = &text[found.clone()];
    let runs_on = |within: Option<char>, beside: Option<char>| {
        within.zip(beside).is_some_and(|(within, beside)| is_of_words(within) && is_of_words(beside))
    };
    let from_left = runs_on(word.chars().next(), before(text, found.start).next());
    let to_right = runs_on(word.chars().next_back(), after(text, found.end));
    (!from_left && !to_right).then_some(found)
}

fn is_of_words(c: char) -> bool {
    regex_syntax::try_is_word_character(c).unwrap_or(false) && !stands_without_spaces(c)
}

/// Thai to Myanmar, Khmer, Japanese, Chinese, and Korean, whose words carry their particles.
fn stands_without_spaces(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3130}'..='\u{318F}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::super::samples::found;

    #[test]
    fn words() {
        for (word, text, wanted) in [
            ("rat", "A rat, a Rat and a RAT.", 3),
            ("rat", "rate, pirate, rat_trap, rat2 and rats", 0),
            ("rat", "rat-trap (rat) rat", 3),
            ("Straße", "STRAßE straße", 2),
            ("проект", "Проект «ПРОЕКТ», проекты", 2),
            ("cafe", "café cafe\u{301} cafe", 1),
            ("project x", "Project X, project\n  x; project y", 2),
            ("C++", "C++, c++17 and C", 2),
            (".env", "the .env file, a.env", 2),
            ("a.b", "a.b axb", 1),
            ("秘密", "这是秘密文件", 1),
            ("비밀", "비밀은 없다", 1),
            ("ความลับ", "นี่คือความลับนะ", 1),
        ] {
            assert_eq!(found(&super::finder(word).unwrap(), text).len(), wanted, "{word} in {text}");
        }
    }
}
