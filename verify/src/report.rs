//! What was found, as data.

use std::fmt;

use serde::Serialize;

/// What [`verify`](super::verify) found in a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Number of files in the package, all of which were checked.
    pub files: u32,
    /// Number of media segments whose boxes and samples, or images, were read.
    pub segments: u32,
    /// The rules that the package breaks, by file in the order of checking.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether no rule is broken.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One rule that a package breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The file's place in the package, such as `"720p/00003.m4s"`.
    pub file: String,
    /// The rule, by standard and section where there is one, such as `"RFC 8216 4.3.3.1"`.
    pub rule: String,
    /// One sentence that says what is wrong.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.file, self.message, self.rule)
    }
}

/// Where the checks of one file write down what they find.
pub(super) struct Notes<'a> {
    file: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(file: &'a str, findings: &'a mut Vec<Finding>) -> Self {
        Self { file, findings }
    }

    pub(super) fn add(&mut self, rule: &str, message: impl Into<String>) {
        self.findings.push(Finding { file: self.file.to_owned(), rule: rule.to_owned(), message: message.into() });
    }

    /// Notes `message` unless the rule holds.
    pub(super) fn check(&mut self, holds: bool, rule: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(rule, message());
        }
    }

    /// Notes the first of `messages`, and how many more there are: what is wrong in one place of a file is
    /// often wrong in a thousand.
    pub(super) fn add_first(&mut self, rule: &str, messages: &[String]) {
        if let Some((first, more)) = messages.split_first() {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more like it)", more.len()) };
            self.add(rule, format!("{first}{more}"));
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a check notes, as `"rule: message"`.
    pub(in crate::verify) fn noted(check: impl FnOnce(&mut Notes)) -> Vec<String> {
        let mut findings = Vec::new();
        check(&mut Notes::new("file", &mut findings));
        findings.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }

    #[test]
    fn a_finding_reads_as_one_line() {
        let finding = Finding { file: "a".into(), rule: "RFC 1 2".into(), message: "it is wrong".into() };
        assert_eq!(finding.to_string(), "a: it is wrong (RFC 1 2)");
    }

    #[test]
    fn many_of_a_kind_are_one_finding() {
        let messages = ["one".to_owned(), "two".to_owned(), "three".to_owned()];
        assert_eq!(noted(|notes| notes.add_first("r", &messages)), ["r: one (and 2 more like it)"]);
        assert!(noted(|notes| notes.add_first("r", &[])).is_empty());
    }
}
