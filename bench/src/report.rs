//! Tables: printed as they come, columns under each other, and written down as Markdown at the end. And the few figures
//! that they are made of.

use std::fmt::Write;

/// Everything that was measured.
pub struct Report {
    facts: Vec<String>,
    reached: Section,
    sections: Vec<Section>,
}

/// One table, with what is said before and after it.
pub struct Section {
    title: String,
    before: Vec<String>,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    after: Vec<String>,
}

impl Report {
    /// Begins with the facts.
    pub fn begin(facts: Vec<String>) -> Self {
        for fact in &facts {
            println!("{fact}");
        }
        let reached = Section::new("Must reach", ["what", "target", "measured", "holds"]);
        Self { facts, reached, sections: Vec::new() }
    }

    /// Holds a figure against its target: a row of the table that stands before all others.
    pub fn reach(&mut self, what: &str, target: &str, measured: String, holds: bool) {
        self.reached.row(&[what.into(), target.into(), measured, if holds { "yes" } else { "NO" }.into()]);
    }

    /// Prints the targets, once all is measured.
    pub fn tell_reached(&self) {
        if !self.reached.rows.is_empty() {
            println!("\n{}", self.reached.plain());
        }
    }

    /// Prints a section and keeps it.
    pub fn add(&mut self, section: Section) {
        println!("\n{}", section.plain());
        self.sections.push(section);
    }

    /// The whole document.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "# Performance\n\nWritten by the bench itself, in one run: `make bench ARGS=\"--markdown docs/performance.md\"`. \
             Compare figures of one table with each other; another machine has other figures.\n\n",
        );
        for fact in &self.facts {
            let _ = writeln!(text, "- {fact}");
        }
        let reached = Some(&self.reached).filter(|reached| !reached.rows.is_empty());
        for section in reached.into_iter().chain(&self.sections) {
            text.push('\n');
            text.push_str(&section.markdown());
        }
        text
    }
}

impl Section {
    /// An empty one.
    pub fn new<const N: usize>(title: &str, heads: [&str; N]) -> Self {
        let heads = heads.map(str::to_owned).to_vec();
        Self { title: title.into(), before: Vec::new(), heads, rows: Vec::new(), after: Vec::new() }
    }

    /// Says something before the table.
    pub fn say(&mut self, text: String) {
        self.before.push(text);
    }

    /// Says something after the table.
    pub fn add(&mut self, text: String) {
        self.after.push(text);
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: &[String; N]) {
        self.rows.push(cells.to_vec());
    }

    fn plain(&self) -> String {
        let mut text = format!("── {}\n", self.title);
        for row in std::iter::once(&self.heads).chain(&self.rows) {
            let cells: Vec<String> = row.iter().enumerate().map(|(column, cell)| self.pad(column, cell)).collect();
            let _ = writeln!(text, "  {}", cells.join("  ").trim_end());
        }
        for line in &self.after {
            let _ = writeln!(text, "  {line}");
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n", self.title);
        for paragraph in &self.before {
            let _ = writeln!(text, "{paragraph}\n");
        }
        let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
        text.push_str(&line(&self.heads));
        let rule = |column| if self.is_figures(column) { "---:" } else { "---" }.to_owned();
        text.push_str(&line(&(0..self.heads.len()).map(rule).collect::<Vec<_>>()));
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        if !self.after.is_empty() {
            text.push('\n');
        }
        for said in &self.after {
            let _ = writeln!(text, "- {said}");
        }
        text
    }

    /// Figures stand to the right, words to the left.
    fn pad(&self, column: usize, cell: &str) -> String {
        let cells = self.rows.iter().chain([&self.heads]).filter_map(|row| row.get(column));
        let width = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
        if self.is_figures(column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }

    fn is_figures(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.all(|cell| cell.chars().all(|c| c.is_ascii_digit() || ".,–% ".contains(c)))
    }
}

/// A figure as people read it: `12,345.67`.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.find('.').map_or((text.as_str(), ""), |dot| text.split_at(dot));
    let groups: Vec<&str> = whole.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    format!("{}{rest}", groups.join(","))
}

/// How many times `theirs` is `ours`.
pub fn ratio(ours: f64, theirs: f64) -> String {
    if theirs > 0.0 { number(ours / theirs, 2) } else { String::new() }
}

/// The value in the middle.
pub fn median(values: Vec<f64>) -> f64 {
    percentile(values, 50)
}

/// The value that so many in a hundred do not pass.
pub fn percentile(mut values: Vec<f64>, hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * hundredths).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(number(1_234_567.891, 1), "1,234,567.9");
        assert_eq!(number(999.0, 0), "999");
        assert_eq!(ratio(1.0, 8.0), "0.12");
        let middle = |values| number(median(values), 1);
        assert_eq!((middle(vec![3.0, 1.0, 2.0]), middle(Vec::new())), ("2.0".into(), "0.0".into()));
        assert_eq!(number(percentile((1..=100).map(f64::from).collect(), 95), 1), "95.0");
    }

    #[test]
    fn targets_stand_before_all_tables() {
        let mut report = Report::begin(vec!["One core.".into()]);
        assert!(!report.markdown().contains("Must reach"), "{}", report.markdown());
        report.add(Section::new("Speed", ["server", "requests/s"]));
        report.reach("keys page", "<= 1.5 ×", "1.61 ×".into(), false);
        report.reach("at rest", "<= 40 MB", "31.2 MB".into(), true);
        let text = report.markdown();
        let rows = "## Must reach\n\n| what | target | measured | holds |\n| --- | --- | --- | --- |\n\
                    | keys page | <= 1.5 × | 1.61 × | NO |\n| at rest | <= 40 MB | 31.2 MB | yes |\n\n## Speed\n";
        assert!(text.contains(rows) && text.find("- One core.") < text.find("## Must reach"), "{text}");
    }

    #[test]
    fn a_section_as_text_and_as_markdown() {
        let mut section = Section::new("Speed", ["server", "requests/s"]);
        section.say("By turns.".into());
        section.row(&["bare".into(), "1,000".into()]);
        section.add("Done.".into());
        assert_eq!(section.plain(), "── Speed\n  server  requests/s\n  bare         1,000\n  Done.\n");
        let markdown =
            "## Speed\n\nBy turns.\n\n| server | requests/s |\n| --- | ---: |\n| bare | 1,000 |\n\n- Done.\n";
        assert_eq!(section.markdown(), markdown);
    }
}
