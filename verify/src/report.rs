//! What was found, as data.

use std::fmt;

use serde::Serialize;

/// What [`verify`](crate::verify) found in a package.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding { file: "a".into(), rule: "RFC 1 2".into(), message: "it is wrong".into() }
    }

    #[test]
    fn a_finding_reads_as_one_line() {
        assert_eq!(finding().to_string(), "a: it is wrong (RFC 1 2)");
    }

    #[test]
    fn a_report_is_handed_on_as_json() {
        let report = Report { files: 2, segments: 1, findings: vec![finding()] };
        let json = r#"{"files":2,"segments":1,"findings":[{"file":"a","rule":"RFC 1 2","message":"it is wrong"}]}"#;
        assert_eq!(serde_json::to_string(&report).unwrap(), json);
    }
}
