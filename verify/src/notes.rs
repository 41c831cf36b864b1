//! Where checks write down what they find.

use crate::report::Finding;

/// Where the checks of one file write down what they find.
pub(crate) struct Notes<'a> {
    file: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Notes<'a> {
    pub(crate) fn new(file: &'a str, findings: &'a mut Vec<Finding>) -> Self {
        Self { file, findings }
    }

    pub(crate) fn add(&mut self, rule: &str, message: impl Into<String>) {
        self.findings.push(Finding { file: self.file.to_owned(), rule: rule.to_owned(), message: message.into() });
    }

    /// Notes `message` unless the rule holds.
    pub(crate) fn check(&mut self, holds: bool, rule: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(rule, message());
        }
    }

    /// Notes the first of `messages`, and how many more there are: what is wrong in one place of a file is
    /// often wrong in a thousand.
    pub(crate) fn add_first(&mut self, rule: &str, messages: &[String]) {
        if let Some((first, more)) = messages.split_first() {
            let more = if more.is_empty() { String::new() } else { format!(" (and {} more like it)", more.len()) };
            self.add(rule, format!("{first}{more}"));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a check notes, as `"rule: message"`.
    pub(crate) fn noted(check: impl FnOnce(&mut Notes)) -> Vec<String> {
        let mut findings = Vec::new();
        check(&mut Notes::new("file", &mut findings));
        findings.into_iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
    }

    #[test]
    fn many_of_a_kind_are_one_finding() {
        let messages = ["one".to_owned(), "two".to_owned(), "three".to_owned()];
        assert_eq!(noted(|notes| notes.add_first("r", &messages)), ["r: one (and 2 more like it)"]);
        assert!(noted(|notes| notes.add_first("r", &[])).is_empty());
    }
}
