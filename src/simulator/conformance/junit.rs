//! A report as JUnit XML, which every continuous integration shows. Knows nothing of how it was found.

use super::case::{Case, Report};

/// A warning is a passed case that says why it is one.
pub fn to_xml(report: &Report, target: &str) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escaped(target),
        report.cases.len() + report.skipped.len(),
        report.failed(),
        report.skipped.len()
    );
    for case in &report.cases {
        xml.push_str(&format!(
            "<testcase classname=\"{}\" name=\"{}\">{}<system-out>{}</system-out></testcase>\n",
            escaped(&case.family),
            escaped(&case.name),
            failure(case),
            escaped(&told(case)),
        ));
    }
    for skipped in &report.skipped {
        xml.push_str(&format!(
            "<testcase classname=\"{}\" name=\"{}\"><skipped message=\"{}\"/></testcase>\n",
            escaped(&skipped.family),
            escaped(&skipped.name),
            escaped(&skipped.why),
        ));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn failure(case: &Case) -> String {
    match case.why() {
        Some(why) if case.is_failed() => format!("<failure message=\"{}\"/>", escaped(why)),
        _ => String::new(),
    }
}

fn told(case: &Case) -> String {
    let warning = case.why().filter(|_| case.is_warning()).map(|why| format!("warning: {why}\n")).unwrap_or_default();
    format!("{warning}{} ({})\n\n{}\n\n{}", case.rule, case.source, case.sent, case.answer)
}

/// Characters that XML 1.0 has no place for are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control < ' ' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::conformance::{Outcome, case::Skipped};

    #[test]
    fn markup_and_control_characters_do_not_break_the_file() {
        let case = |outcome| Case {
            name: "a <b> & \"c\"".into(),
            family: "SaaS".into(),
            outcome,
            sent: "POST http://x?a=1&b=2".into(),
            answer: "<html>\u{1}".into(),
            rule: "a rule",
            source: "a page",
        };
        let cases = vec![case(Outcome::Failed("x < y\nz".into())), case(Outcome::Warned("perhaps".into()))];
        let skipped = vec![Skipped { name: "d".into(), family: "SaaS".into(), why: "no <key>".into() }];
        let xml = to_xml(&Report { cases, skipped }, "http://x?a&b");
        assert!(xml.contains(r#"<testsuite name="http://x?a&amp;b" tests="3" failures="1" skipped="1">"#), "{xml}");
        assert!(xml.contains(r#"name="d"><skipped message="no &lt;key&gt;"/></testcase>"#), "{xml}");
        assert!(xml.contains(r#"name="a &lt;b&gt; &amp; &quot;c&quot;"><failure message="x &lt; y&#10;z"/>"#), "{xml}");
        assert!(xml.contains("<system-out>warning: perhaps&#10;a rule (a page)"), "{xml}");
        assert!(xml.contains("&lt;html&gt;\u{fffd}") && xml.matches("<failure").count() == 1, "{xml}");
    }
}
